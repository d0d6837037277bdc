/**
 * Bedrock's models that make no text, one a line: id, name, what goes in, what comes out, geographies, marks (as in `text-models.ts`).
 * t text, i image, v video, a speech, e embedding. They are listed by the control plane; Converse refuses them.
 * Source: Portkey-AI/models (2026-08-21, MIT); modalities from the providers' pages.
 */
export const otherModels = `
amazon.nova-2-multimodal-embeddings-v1:0 | Nova Embeddings    | tiva | e   |                |
amazon.nova-2-sonic-v1:0                 | Nova 2 Sonic       | ta   | ta  |                |
amazon.nova-canvas-v1:0                  | Nova Canvas        | ti   | i   |                |
amazon.nova-reel-v1:0                    | Nova Reel          | ti   | v   |                |
amazon.nova-reel-v1:1                    | Nova Reel          | ti   | v   |                |
amazon.nova-sonic-v1:0                   | Nova Sonic         | ta   | ta  |                |
amazon.rerank-v1:0                       | Rerank 1.0         | t    | t   |                |
amazon.titan-embed-g1-text-02            | Titan Embeddings 2 | t    | e   |                |
amazon.titan-embed-image-v1              | Titan Multimodal   | ti   | e   |                |
amazon.titan-embed-text-v1               | Titan Embeddings   | t    | e   |                |
amazon.titan-embed-text-v2:0             | Titan Embeddings 2 | t    | e   |                |
amazon.titan-image-generator-v2:0        | Titan Image v2     | ti   | i   |                |
cohere.embed-english-v3                  | Embed English      | t    | e   |                |
cohere.embed-multilingual-v3             | Embed Multilingual | t    | e   |                |
cohere.embed-v4:0                        | Embed v4           | ti   | e   | us eu global   |
cohere.rerank-v3-5:0                     | Rerank 3.5         | t    | t   |                |
luma.ray-v2:0                            | Ray v2             | t    | v   |                |
stability.sd3-5-large-v1:0               | SD 3.5 Large       | ti   | i   | us eu          |
stability.stable-conservative-upscale-v1:0 | Conservative Upscale | ti | i  | us             | P
stability.stable-creative-upscale-v1:0   | Creative Upscale   | ti   | i   | us             | P
stability.stable-diffusion-xl-v1         | SDXL 1.0           | ti   | i   |                | L
stability.stable-fast-upscale-v1:0       | Fast Upscale       | ti   | i   | us             | P
stability.stable-image-control-sketch-v1:0 | Control Sketch   | ti   | i   | us             | P
stability.stable-image-control-structure-v1:0 | Control Structure | ti | i  | us             | P
stability.stable-image-core-v1:1         | Stable Image Core  | t    | i   | us eu          |
stability.stable-image-erase-object-v1:0 | Erase Object       | ti   | i   | us             | P
stability.stable-image-inpaint-v1:0      | Inpaint            | ti   | i   | us             | P
stability.stable-image-remove-background-v1:0 | Remove Background | ti | i  | us             | P
stability.stable-image-search-recolor-v1:0 | Search and Recolor | ti  | i   | us             | P
stability.stable-image-search-replace-v1:0 | Search and Replace | ti  | i   | us             | P
stability.stable-image-style-guide-v1:0  | Style Guide        | ti   | i   | us             | P
stability.stable-image-ultra-v1:1        | Stable Image Ultra | t    | i   |                |
stability.stable-outpaint-v1:0           | Outpaint           | ti   | i   | us             | P
stability.stable-style-transfer-v1:0     | Style Transfer     | ti   | i   | us             | P
twelvelabs.marengo-embed-2-7-v1:0        | Marengo Embed 2.7  | tiva | e   | us eu apac     |
twelvelabs.marengo-embed-3-0-v1:0        | Marengo Embed 3.0  | tiva | e   | us eu          |
twelvelabs.pegasus-1-2-v1:0              | Pegasus v1.2       | tv   | t   | us eu apac global | P
`;
