import { defineConfig } from "vite";

// The names carry no hash of their content: the node serves an entity tag, and
// the built files keep their history under one name. What is built depends on
// the sources and package-lock.json alone.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        entryFileNames: "explorer/[name].js",
        chunkFileNames: "explorer/[name].js",
        assetFileNames: "explorer/[name][extname]",
      },
    },
  },
  worker: {
    format: "es",
    rollupOptions: { output: { entryFileNames: "explorer/[name].js" } },
  },
});
