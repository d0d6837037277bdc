/** What a new config may begin with. */
interface Example {
  title: string;
  text: string;
}

export const examples: readonly [Example, ...Example[]] = [
  {
    title: "A second region",
    text: `{
  "strategy": { "mode": "fallback", "on_status_codes": [429, 500, 502, 503, 504] },
  "targets": [
    { "aws_region": "us-east-1" },
    { "aws_region": "us-west-2" }
  ]
}`,
  },
  {
    title: "Two regions, by weight",
    text: `{
  "strategy": { "mode": "loadbalance" },
  "targets": [
    { "aws_region": "us-east-1", "weight": 3 },
    { "aws_region": "us-west-2", "weight": 1 }
  ]
}`,
  },
  {
    title: "A dearer model for some",
    text: `{
  "strategy": {
    "mode": "conditional",
    "conditions": [
      { "query": { "metadata.plan": { "$eq": "paid" } }, "then": "good" }
    ],
    "default": "usual"
  },
  "targets": [
    { "name": "usual", "override_params": { "model": "us.amazon.nova-lite-v1:0" } },
    { "name": "good", "override_params": { "model": "us.amazon.nova-pro-v1:0" } }
  ]
}`,
  },
  {
    title: "Stored answers and retries",
    text: `{
  "cache": { "mode": "simple", "max_age": 3600 },
  "retry": { "attempts": 3, "on_status_codes": [429, 503] },
  "request_timeout": 30000
}`,
  },
];
