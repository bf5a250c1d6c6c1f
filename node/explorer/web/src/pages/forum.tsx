// The forum: posts as a graph by height, with the reputation that flows along
// their references, and one post.

import { useEffect, useMemo, useState } from "preact/hooks";
import { coins, count, date, ppm, readable } from "../format.ts";
import { read } from "../rpc.ts";
import { Addr, Block, Card, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Skeleton, Table, Tile, Trouble, useRead } from "../ui/parts.tsx";
import { Drawing, type Edge, type Node } from "../ui/graph.tsx";

interface Graph { nodes: Node[]; edges: Edge[]; cursor: string }
interface Totals { book: string; posts: number; value: string; entered: string; burned: string; taken: string; incinerator: string }

/** Posts that are drawn at most, the last ones. */
const postsMost = 20_000;

function useGraph(): { nodes: Node[]; edges: Edge[]; loading: boolean; error: Error | null } {
  const [state, set] = useState<{ nodes: Node[]; edges: Edge[]; loading: boolean; error: Error | null }>({ nodes: [], edges: [], loading: true, error: null });
  useEffect(() => {
    let current = true;
    const byId = new Map<string, Node>();
    const edges = new Map<string, Edge>();
    const load = async (from: number) => {
      let cursor = "";
      do {
        const g: Graph | null = await read<Graph>("forum_graph", { from, to: 0, limit: 1000, cursor });
        if (!g || !current) return;
        for (const n of g.nodes) byId.set(n.post, n);
        for (const e of g.edges) edges.set(e.from + e.to, e);
        cursor = g.cursor;
      } while (cursor);
      const nodes = [...byId.values()].sort((a, b) => a.number - b.number).slice(-postsMost);
      set({ nodes, edges: [...edges.values()], loading: false, error: null });
    };
    const fail = (error: Error) => current && set((s) => ({ ...s, loading: false, error }));
    load(0).catch(fail);
    const t = setInterval(() => {
      const last = Math.max(0, ...[...byId.values()].slice(-200).map((n) => n.height));
      load(byId.size < 1000 ? 0 : Math.max(0, last - 64)).catch(fail);
    }, 4000);
    return () => {
      current = false;
      clearInterval(t);
    };
  }, []);
  return state;
}

const pageSize = 25;

export function Forum() {
  const g = useGraph();
  const totals = useRead<Totals[]>("forum_totals", {}, 4000);
  const [book, setBook] = useState<"wrep" | "grep">("wrep");
  const [picked, pick] = useState<Node | null>(null);
  const [page, setPage] = useState(0);
  const t = totals.value?.find((x) => x.book.toLowerCase() === book);
  const newest = useMemo(() => [...g.nodes].reverse(), [g.nodes]);
  return (
    <Page title="Forum" lead="Posts reference older posts. When one gains reputation, part of it flows on to what it builds on, and negative references take it away."
      side={<div class="tabs" role="tablist">{(["wrep", "grep"] as const).map((b) => <button key={b} role="tab" aria-selected={book === b} onClick={() => setBook(b)}>{b === "wrep" ? "Work" : "Governance"}</button>)}</div>}>
      {t && (
        <div class="tiles">
          <Tile name="Posts" value={count(t.posts)} />
          <Tile name="Worth now" value={coins(t.value, 1)} note={t.book} />
          <Tile name="Entered" value={coins(t.entered, 1)} note={`burned ${coins(t.burned, 1)}, taken ${coins(t.taken, 1)}`} />
        </div>
      )}
      {g.error && <Trouble error={g.error} />}
      {g.loading ? <Skeleton /> : g.nodes.length === 0 ? <Empty>Nothing has been published yet. A first post appears here as a dot, and what it cites as a line.</Empty> : (
        <>
          <Card title="Graph of references" note="left: older · size: worth · line: what flows">
            <Drawing nodes={g.nodes} edges={g.edges} book={book} picked={picked} pick={pick} incinerator={t?.incinerator ?? ""} />
            <div class="picked" aria-live="polite">
              {picked ? (
                <>
                  <a href={`#/post/${picked.post}`}>Post {picked.number}</a> of <Addr of={picked.publisher} dot />, block <Block height={picked.height} />: worth <Coins of={picked[book]} unit={book === "wrep" ? "wREP" : "gREP"} />
                  {picked.pool > 0 && <> · <a href={`#/pool/${picked.pool}`}>validation pool {picked.pool}</a></>}
                </>
              ) : <span class="faint">Pick a post with the pointer, or focus the drawing and use the arrow keys; Enter opens it.</span>}
            </div>
          </Card>
          <Card title="Posts" note={count(g.nodes.length)}>
            <Table rows={newest.slice(page * pageSize, (page + 1) * pageSize)} caption="Posts, newest first" id={(n) => n.post} columns={[
              { head: "Post", cell: (n) => <a href={`#/post/${n.post}`}>{n.number}</a> },
              { head: "Publisher", cell: (n) => <Addr of={n.publisher} dot /> },
              { head: "Block", num: true, cell: (n) => <Block height={n.height} /> },
              { head: "wREP", num: true, cell: (n) => <Coins of={n.wrep} /> },
              { head: "gREP", num: true, wide: true, cell: (n) => <Coins of={n.grep} /> },
              { head: "Pool", cell: (n) => (n.pool ? <a href={`#/pool/${n.pool}`}>{n.pool}</a> : "–") },
            ]} />
            {newest.length > pageSize && <Pager text={`page ${page + 1} of ${Math.ceil(newest.length / pageSize)}`} newer={page > 0 ? () => setPage(page - 1) : undefined} older={(page + 1) * pageSize < newest.length ? () => setPage(page + 1) : undefined} />}
          </Card>
        </>
      )}
    </Page>
  );
}

interface Post {
  post: string;
  number: number;
  height: number;
  time: number;
  publisher: string;
  content: string;
  inline: string;
  authors: { address: string; account: string; ppm: number }[];
  references: { post: string; ppm: number }[];
}
interface Worth { block: boolean; wrep: string; grep: string; wrepGained: string; grepGained: string; pool: number }
interface Neighbours { references: Edge[]; citations: Edge[]; cursor: string }

export function PostPage(props: { arg: string }) {
  const post = useRead<Post>("forum_post", { post: props.arg });
  const worth = useRead<Worth>("forum_get", { post: props.arg }, "block");
  const around = useRead<Neighbours>("forum_references", { post: props.arg, limit: 100 }, "block");
  return (
    <Page title={post.value?.number ? `Post ${post.value.number}` : "Post"} lead={<Hash of={props.arg} full />}>
      <Show of={post} empty="There is no post of this name.">
        {(p) => (
          <>
            <Content inline={p.inline} content={p.content} />
            <div class="two">
              <Card title="Post">
                <Facts rows={[
                  ["Published", `${date(p.time)}`],
                  ["In block", <Block height={p.height} />],
                  ["By", <Addr of={p.publisher} dot />],
                  ["Content", <Hash of={p.content} />],
                ]} />
                <Table rows={p.authors} caption="Authors" columns={[
                  { head: "Author", cell: (a) => <Addr of={a.account} dot /> },
                  { head: "Part", num: true, cell: (a) => ppm(a.ppm) },
                ]} />
              </Card>
              <Card title="Worth">
                {worth.value && <Facts rows={[
                  ["Work reputation", <Coins of={worth.value.wrep} unit="wREP" />],
                  ["At most to be taken", <Coins of={worth.value.wrepGained} unit="wREP" />],
                  ["Governance reputation", <Coins of={worth.value.grep} unit="gREP" />],
                  ["Validation pool", worth.value.pool ? <a href={`#/pool/${worth.value.pool}`}>{worth.value.pool}</a> : "none is open"],
                  ["Kind", worth.value.block ? "a block of the chain" : "a post"],
                ]} />}
              </Card>
            </div>
            {around.value && (
              <div class="two">
                <Flow title="Builds on" list={around.value.references} end="to" empty="It references nothing." />
                <Flow title="Is built on by" list={around.value.citations} end="from" empty="Nothing references it yet." />
              </div>
            )}
            <Raw of={p} />
          </>
        )}
      </Show>
    </Page>
  );
}

function Content(props: { inline: string; content: string }) {
  const shown = props.inline.length > 2 ? readable(props.inline) : null;
  if (props.inline.length <= 2) return <Card title="Content"><p class="lead">Its content is kept elsewhere; here stands its hash alone.</p></Card>;
  return <Card title="Content">{shown === null ? <p class="lead">{count((props.inline.length - 2) / 2)} bytes that are no text.</p> : <div class="prose">{shown}</div>}</Card>;
}

function Flow(props: { title: string; list: Edge[]; end: "to" | "from"; empty: string }) {
  return (
    <Card title={props.title} note={count(props.list.length)}>
      {props.list.length === 0 ? <Empty>{props.empty}</Empty> : (
        <Table rows={props.list} caption={props.title} columns={[
          { head: "Post", cell: (e) => <Hash of={e[props.end]} to={`#/post/${e[props.end]}`} /> },
          { head: "Weight", num: true, cell: (e) => <Pill of={`${e.ppm > 0 ? "+" : ""}${(e.ppm / 10_000).toFixed(1)} %`} tone={e.ppm > 0 ? "good" : e.ppm < 0 ? "bad" : "soft"} /> },
          { head: "wREP", num: true, cell: (e) => <Coins of={e.wrep} /> },
          { head: "gREP", num: true, wide: true, cell: (e) => <Coins of={e.grep} /> },
        ]} />
      )}
    </Card>
  );
}
