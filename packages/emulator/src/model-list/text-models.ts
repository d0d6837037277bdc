/**
 * The text models of Bedrock, one a line: id, name, what goes in, geographies of its inference profiles, marks, most output tokens.
 * In: t text, i image, v video, a audio. Marks: P on demand only through a profile, P!REGION save in
 * that region, L legacy, X retired.
 *
 * Sources: ids and geographies from Portkey-AI/models (2026-08-21, MIT) and models.dev (2026-07-02, MIT); limits from models.dev where it
 * has them, else from the providers' pages, and the larger figure where sources differ, so that nothing is refused that AWS may accept
 * (Nova 2 Lite: models.dev says 4,096, AWS 65,536). What is offered only through a profile: AWS's recorded refusals (Claude 3.5 Haiku, 3.7 Sonnet,
 * Llama 3.1 and 3.2), and AWS's page of inference profiles. Region by region AWS differs; the marks are those of us-east-1.
 */
export const textModels = `
ai21.j2-mid-v1                            | J2 Mid             | t    |                      | L  | 8191
ai21.j2-ultra-v1                          | J2 Ultra           | t    |                      | L  | 8191
ai21.jamba-1-5-large-v1:0                 | Jamba 1.5 Large    | t    |                      |    | 4096
ai21.jamba-1-5-mini-v1:0                  | Jamba 1.5 Mini     | t    |                      |    | 4096
amazon.nova-2-lite-v1:0                   | Nova 2 Lite        | tiv  | us eu jp global      | P  | 65536
amazon.nova-lite-v1:0                     | Nova Lite          | tiv  | us eu apac ca        |    | 10000
amazon.nova-micro-v1:0                    | Nova Micro         | t    | us eu apac           |    | 10000
amazon.nova-premier-v1:0                  | Nova Premier       | tiv  | us                   | P  | 32000
amazon.nova-pro-v1:0                      | Nova Pro           | tiv  | us eu apac           |    | 10000
amazon.titan-text-express-v1              | Titan Text Express | t    |                      | L  | 8192
amazon.titan-text-lite-v1                 | Titan Text Lite    | t    |                      | L  | 4096
amazon.titan-text-premier-v1:0            | Titan Text Premier | t    |                      | L  | 3072
amazon.titan-tg1-large                    | Titan Text Large   | t    |                      | L  | 4096
anthropic.claude-3-5-haiku-20241022-v1:0  | Claude 3.5 Haiku   | ti   | us                   | P!us-west-2  | 8192
anthropic.claude-3-5-sonnet-20240620-v1:0 | Claude 3.5 Sonnet  | ti   | us eu apac us-gov    | L  | 8192
anthropic.claude-3-5-sonnet-20241022-v2:0 | Claude 3.5 Sonnet  | ti   | us apac              | P!us-west-2 L | 8192
anthropic.claude-3-7-sonnet-20250219-v1:0 | Claude 3.7 Sonnet  | ti   | us eu apac us-gov    | P L | 128000
anthropic.claude-3-haiku-20240307-v1:0    | Claude 3 Haiku     | ti   | us eu apac us-gov    |    | 4096
anthropic.claude-3-opus-20240229-v1:0     | Claude 3 Opus      | ti   | us                   | P L | 4096
anthropic.claude-3-sonnet-20240229-v1:0   | Claude 3 Sonnet    | ti   | us eu apac           | L  | 4096
anthropic.claude-fable-5                  | Claude Fable 5     | ti   | us eu global         | P  | 128000
anthropic.claude-haiku-4-5-20251001-v1:0  | Claude Haiku 4.5   | ti   | us eu jp au global   | P  | 64000
anthropic.claude-instant-v1               | Claude Instant     | t    |                      | L  | 8191
anthropic.claude-opus-4-1-20250805-v1:0   | Claude Opus 4.1    | ti   | us eu                | P  | 32000
anthropic.claude-opus-4-20250514-v1:0     | Claude Opus 4      | ti   | us eu                | P  | 32000
anthropic.claude-opus-4-5-20251101-v1:0   | Claude Opus 4.5    | ti   | us eu global         | P  | 64000
anthropic.claude-opus-4-6-v1              | Claude Opus 4.6    | ti   | us eu au global      | P  | 128000
anthropic.claude-opus-4-7                 | Claude Opus 4.7    | ti   | us eu jp global      | P  | 128000
anthropic.claude-opus-4-8                 | Claude Opus 4.8    | ti   | us eu jp au us-gov global | P | 128000
anthropic.claude-opus-5                   | Claude Opus 5      | ti   | us eu global         | P  | 128000
anthropic.claude-sonnet-4-20250514-v1:0   | Claude Sonnet 4    | ti   | us eu apac global    | P  | 64000
anthropic.claude-sonnet-4-5-20250929-v1:0 | Claude Sonnet 4.5  | ti   | us eu jp au us-gov global | P | 64000
anthropic.claude-sonnet-4-6               | Claude Sonnet 4.6  | ti   | us eu jp au global   | P  | 64000
anthropic.claude-sonnet-5                 | Claude Sonnet 5    | ti   | us eu jp au us-gov global | P | 128000
anthropic.claude-v1                       | Claude             | t    |                      | X  | 8191
anthropic.claude-v2                       | Claude             | t    |                      | L  | 8191
anthropic.claude-v2:1                     | Claude             | t    |                      | L  | 8191
cohere.command-light-text-v14             | Command Light      | t    |                      | L  | 4096
cohere.command-r-plus-v1:0                | Command R+         | t    |                      |    | 4096
cohere.command-r-v1:0                     | Command R          | t    |                      |    | 4096
cohere.command-text-v14                   | Command            | t    |                      | L  | 4096
deepseek.r1-v1:0                          | DeepSeek-R1        | t    | us                   | P  | 32768
deepseek.v3-v1:0                          | DeepSeek-V3.1      | t    |                      |    | 81920
deepseek.v3.2                             | DeepSeek V3.2      | t    |                      |    | 81920
google.gemma-3-12b-it                     | Gemma 3 12B IT     | ti   |                      |    | 8192
google.gemma-3-27b-it                     | Gemma 3 27B IT     | ti   |                      |    | 8192
google.gemma-3-4b-it                      | Gemma 3 4B IT      | ti   |                      |    | 8192
meta.llama2-13b-chat-v1                   | Llama 2 Chat 13B   | t    |                      | L  | 2048
meta.llama2-70b-chat-v1                   | Llama 2 Chat 70B   | t    |                      | L  | 2048
meta.llama3-1-405b-instruct-v1:0          | Llama 3.1 405B     | t    | us                   | P!us-west-2  | 8192
meta.llama3-1-70b-instruct-v1:0           | Llama 3.1 70B      | t    | us                   | P!us-west-2  | 8192
meta.llama3-1-8b-instruct-v1:0            | Llama 3.1 8B       | t    | us                   | P!us-west-2  | 8192
meta.llama3-2-11b-instruct-v1:0           | Llama 3.2 11B      | ti   | us                   | P  | 8192
meta.llama3-2-1b-instruct-v1:0            | Llama 3.2 1B       | t    | us eu                |    | 8192
meta.llama3-2-3b-instruct-v1:0            | Llama 3.2 3B       | t    | us eu                | P  | 8192
meta.llama3-2-90b-instruct-v1:0           | Llama 3.2 90B      | ti   | us                   | P  | 8192
meta.llama3-3-70b-instruct-v1:0           | Llama 3.3 70B      | t    | us                   | P  | 8192
meta.llama3-70b-instruct-v1:0             | Llama 3 70B        | t    |                      |    | 2048
meta.llama3-8b-instruct-v1:0              | Llama 3 8B         | t    |                      |    | 2048
meta.llama4-maverick-17b-instruct-v1:0    | Llama 4 Maverick   | ti   | us eu                | P  | 16384
meta.llama4-scout-17b-instruct-v1:0       | Llama 4 Scout      | ti   | us eu                | P  | 16384
minimax.minimax-m2                        | MiniMax M2         | t    |                      |    | 128000
minimax.minimax-m2.1                      | MiniMax M2.1       | t    |                      |    | 131072
minimax.minimax-m2.5                      | MiniMax M2.5       | t    |                      |    | 131072
mistral.devstral-2-123b                   | Devstral 2 123B    | t    |                      |    | 32768
mistral.magistral-small-2509              | Magistral Small    | ti   |                      |    | 40000
mistral.ministral-3-14b-instruct          | Ministral 14B 3.0  | ti   |                      |    | 32768
mistral.ministral-3-3b-instruct           | Ministral 3B       | ti   |                      |    | 32768
mistral.ministral-3-8b-instruct           | Ministral 3 8B     | ti   |                      |    | 32768
mistral.mistral-7b-instruct-v0:2          | Mistral 7B         | t    |                      |    | 8192
mistral.mistral-large-2402-v1:0           | Mistral Large      | t    |                      |    | 8192
mistral.mistral-large-2407-v1:0           | Mistral Large 2    | t    |                      |    | 8192
mistral.mistral-large-3-675b-instruct     | Mistral Large 3    | ti   |                      |    | 131072
mistral.mistral-small-2402-v1:0           | Mistral Small      | t    |                      | L  | 8192
mistral.mixtral-8x7b-instruct-v0:1        | Mixtral 8x7B       | t    |                      |    | 8192
mistral.pixtral-large-2502-v1:0           | Pixtral Large      | ti   | us eu                | P  | 8192
mistral.voxtral-mini-3b-2507              | Voxtral Mini 3B    | ta   |                      |    | 16384
mistral.voxtral-small-24b-2507            | Voxtral Small 24B  | ta   |                      |    | 16384
moonshot.kimi-k2-thinking                 | Kimi K2 Thinking   | t    |                      |    | 262143
moonshotai.kimi-k2.5                      | Kimi K2.5          | ti   |                      |    | 262143
nvidia.nemotron-nano-12b-v2               | Nemotron Nano 12B  | ti   |                      |    | 131072
nvidia.nemotron-nano-3-30b                | Nemotron Nano 3    | t    |                      |    | 131072
nvidia.nemotron-nano-9b-v2                | Nemotron Nano 9B   | t    |                      |    | 131072
nvidia.nemotron-super-3-120b              | Nemotron 3 Super   | t    |                      |    | 131072
openai.gpt-5.6-luna                       | GPT-5.6 Luna       | ti   | us in global         | P  | 272000
openai.gpt-5.6-sol                        | GPT-5.6 Sol        | ti   | us global            | P  | 272000
openai.gpt-5.6-terra                      | GPT-5.6 Terra      | ti   | us in global         | P  | 272000
openai.gpt-oss-120b-1:0                   | gpt-oss-120b       | t    |                      |    | 131072
openai.gpt-oss-20b-1:0                    | gpt-oss-20b        | t    |                      |    | 131072
openai.gpt-oss-safeguard-120b             | GPT OSS Safeguard  | t    |                      |    | 131072
openai.gpt-oss-safeguard-20b              | GPT OSS Safeguard  | t    |                      |    | 131072
qwen.qwen3-235b-a22b-2507-v1:0            | Qwen3 235B A22B    | t    |                      |    | 131072
qwen.qwen3-32b-v1:0                       | Qwen3 32B          | t    |                      |    | 32768
qwen.qwen3-coder-30b-a3b-v1:0             | Qwen3 Coder 30B    | t    |                      |    | 131072
qwen.qwen3-coder-480b-a35b-v1:0           | Qwen3 Coder 480B   | t    |                      |    | 131072
qwen.qwen3-coder-next                     | Qwen3 Coder Next   | t    |                      |    | 131072
qwen.qwen3-next-80b-a3b                   | Qwen3 Next 80B     | t    |                      |    | 262000
qwen.qwen3-vl-235b-a22b                   | Qwen3 VL 235B      | ti   |                      |    | 262000
writer.palmyra-vision-7b-v1:0             | Palmyra Vision 7B  | ti   | us                   | P  | 8192
writer.palmyra-x4-v1:0                    | Palmyra X4         | t    | us                   | P  | 8192
writer.palmyra-x5-v1:0                    | Palmyra X5         | t    | us                   | P  | 8192
xai.grok-4.6                              | Grok 4.6           | ti   | us global            | P  | 131072
zai.glm-4.7                               | GLM 4.7            | t    |                      |    | 131072
zai.glm-4.7-flash                         | GLM 4.7 Flash      | t    |                      |    | 131072
zai.glm-5                                 | GLM 5              | t    |                      |    | 131072
`;
