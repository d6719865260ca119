/**
 * The Worker before every bare object: a document's path, `/<id>`, to its object.
 * @module
 */

export type Env = { readonly Document: DurableObjectNamespace };

export const worker = {
  async fetch(request, env) {
    const id = decodeURIComponent(new URL(request.url).pathname.slice(1));
    // The address without a document: whether the server is up.
    return id === "" ? new Response("up") : await env.Document.getByName(id).fetch(request);
  },
} satisfies ExportedHandler<Env>;
