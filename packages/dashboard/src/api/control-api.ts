/** Written by `npm run dashboard-client` from the gateway's OpenAPI document. */
export interface paths {
    "/v1/virtual-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's virtual keys, by age.
         * @description For a viewer in the project, or a gateway key with the scope `virtual_keys.list`.
         */
        get: operations["listVirtualKeys"];
        put?: never;
        /**
         * Store a credential. Its secrets are taken in and never given out.
         * @description For a member in the project, or a gateway key with the scope `virtual_keys.create`.
         */
        post: operations["createVirtualKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/virtual-keys/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One virtual key, without its secrets.
         * @description For a viewer in the project, or a gateway key with the scope `virtual_keys.read`.
         */
        get: operations["getVirtualKey"];
        /**
         * Change what the body names. A credential that is given replaces the whole one.
         * @description For a member in the project, or a gateway key with the scope `virtual_keys.update`.
         */
        put: operations["updateVirtualKey"];
        post?: never;
        /**
         * Take a virtual key and its secrets away.
         * @description For a member in the project, or a gateway key with the scope `virtual_keys.delete`.
         */
        delete: operations["deleteVirtualKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/virtual-keys/{slug}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try the credential at AWS in stages, and say which failed and what to do. A model that is named is asked for one token: a call that counts and costs, for which a key needs `completions.write` too.
         * @description For a member in the project, or a gateway key with the scope `virtual_keys.update`.
         */
        post: operations["testVirtualKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/virtual-keys/{slug}/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The IAM policies to paste: the least that Adit needs, and the trust policy of a role.
         * @description For a viewer in the project, or a gateway key with the scope `virtual_keys.read`.
         */
        get: operations["getVirtualKeyPolicies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's integrations, by age.
         * @description For a viewer in the project, or a gateway key with the scope `integrations.list`.
         */
        get: operations["listIntegrations"];
        put?: never;
        /**
         * Store a credential, as Portkey's clients do it: a virtual key by another name.
         * @description For a member in the project, or a gateway key with the scope `integrations.create`.
         */
        post: operations["createIntegration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One integration, without its secrets.
         * @description For a viewer in the project, or a gateway key with the scope `integrations.read`.
         */
        get: operations["getIntegration"];
        /**
         * Change what the body names. A credential that is given replaces the whole one.
         * @description For a member in the project, or a gateway key with the scope `integrations.update`.
         */
        put: operations["updateIntegration"];
        post?: never;
        /**
         * Take a integration and its secrets away.
         * @description For a member in the project, or a gateway key with the scope `integrations.delete`.
         */
        delete: operations["deleteIntegration"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{slug}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The models that the credential may be used for.
         * @description For a viewer in the project, or a gateway key with the scope `integrations.read`.
         */
        get: operations["getModelAccess"];
        /**
         * Allow all models, or add some to those that are allowed and take others away.
         * @description For a member in the project, or a gateway key with the scope `integrations.update`.
         */
        put: operations["updateModelAccess"];
        post?: never;
        /**
         * Take models away from those that are allowed.
         * @description For a member in the project, or a gateway key with the scope `integrations.update`.
         */
        delete: operations["deleteModelAccess"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/integrations/{slug}/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project that the credential belongs to: no other may use it.
         * @description For a viewer in the project, or a gateway key with the scope `integrations.read`.
         */
        get: operations["getWorkspaceAccess"];
        /**
         * Switch the credential on or off for the project that it belongs to. No other can be given access.
         * @description For a member in the project, or a gateway key with the scope `integrations.update`.
         */
        put: operations["updateWorkspaceAccess"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's providers, by age.
         * @description For a viewer in the project, or a gateway key with the scope `providers.list`.
         */
        get: operations["listProviders"];
        put?: never;
        /**
         * Give an integration's credential another slug: a virtual key that follows it.
         * @description For a member in the project, or a gateway key with the scope `providers.create`.
         */
        post: operations["createProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One provider, without its secrets.
         * @description For a viewer in the project, or a gateway key with the scope `providers.read`.
         */
        get: operations["getProvider"];
        /**
         * Change what the body names.
         * @description For a member in the project, or a gateway key with the scope `providers.update`.
         */
        put: operations["updateProvider"];
        post?: never;
        /**
         * Take a provider and its secrets away.
         * @description For a member in the project, or a gateway key with the scope `providers.delete`.
         */
        delete: operations["deleteProvider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/configs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's configs, by age.
         * @description For a viewer in the project, or a gateway key with the scope `configs.list`.
         */
        get: operations["listConfigs"];
        put?: never;
        /**
         * Save a config. Its slug then stands for it in `x-adit-config` and `x-portkey-config`.
         * @description For a member in the project, or a gateway key with the scope `configs.create`.
         */
        post: operations["createConfig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/configs/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One config in its newest version.
         * @description For a viewer in the project, or a gateway key with the scope `configs.read`.
         */
        get: operations["getConfig"];
        /**
         * Change what the body names. Another config makes another version.
         * @description For a member in the project, or a gateway key with the scope `configs.update`.
         */
        put: operations["updateConfig"];
        post?: never;
        /**
         * Take a config away with all its versions.
         * @description For a member in the project, or a gateway key with the scope `configs.delete`.
         */
        delete: operations["deleteConfig"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/configs/{slug}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a config, the newest first.
         * @description For a viewer in the project, or a gateway key with the scope `configs.read`.
         */
        get: operations["listConfigVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/configs/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The JSON schema of a config, for editors and forms.
         * @description For a viewer in the project, or a gateway key with the scope `configs.list`.
         */
        get: operations["getConfigSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/configs/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what a config would do with a request, and what each failure would lead to. Nothing is sent.
         * @description For a viewer in the project, or a gateway key with the scope `configs.read`.
         */
        post: operations["dryRunConfig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/spec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fields of a connector as JSON schema, for forms.
         * @description For a viewer in the project, or a gateway key with the scope `connectors.list`.
         */
        get: operations["getConnectorSpec"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A request and an answer of each model that forms offer.
         * @description For a viewer in the project, or a gateway key with the scope `connectors.list`.
         */
        get: operations["listConnectorSamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/{slug}/discover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The shape of what `read` of a connector gives.
         * @description For a viewer in the project, or a gateway key with the scope `connectors.read`.
         */
        get: operations["discoverConnector"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's connectors, by age.
         * @description For a viewer in the project, or a gateway key with the scope `connectors.list`.
         */
        get: operations["listConnectors"];
        put?: never;
        /**
         * Keep a connector: a call of one model, by a name.
         * @description For a member in the project, or a gateway key with the scope `connectors.create`.
         */
        post: operations["createConnector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One connector, without a secret.
         * @description For a viewer in the project, or a gateway key with the scope `connectors.read`.
         */
        get: operations["getConnector"];
        /**
         * Change what the body names; null takes a value away. A credential that is given replaces the whole one.
         * @description For a member in the project, or a gateway key with the scope `connectors.update`.
         */
        put: operations["updateConnector"];
        post?: never;
        /**
         * Take a connector away, with the credential that is its own.
         * @description For a member in the project, or a gateway key with the scope `connectors.delete`.
         */
        delete: operations["deleteConnector"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/check_connection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a connection that is not saved, by one call of its model, which is billed.
         * @description For a member in the project, or a gateway key with the scopes `connectors.create` and `completions.write`.
         */
        post: operations["checkConnection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/{slug}/check_connection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a connector, by one call of its model, which is billed.
         * @description For a member in the project, or a gateway key with the scopes `connectors.update` and `completions.write`.
         */
        post: operations["checkConnector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/guardrails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's guardrails, by age.
         * @description For a viewer in the project, or a gateway key with the scope `guardrails.list`.
         */
        get: operations["listGuardrails"];
        put?: never;
        /**
         * Save a guardrail. Configs name it by its slug.
         * @description For a member in the project, or a gateway key with the scope `guardrails.create`.
         */
        post: operations["createGuardrail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/guardrails/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every check, with the JSON schema of its parameters, for editors and forms.
         * @description For a viewer in the project, or a gateway key with the scope `guardrails.list`.
         */
        get: operations["listGuardrailChecks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/guardrails/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One guardrail in its newest version.
         * @description For a viewer in the project, or a gateway key with the scope `guardrails.read`.
         */
        get: operations["getGuardrail"];
        /**
         * Change what the body names. Other checks or actions make another version.
         * @description For a member in the project, or a gateway key with the scope `guardrails.update`.
         */
        put: operations["updateGuardrail"];
        post?: never;
        /**
         * Take a guardrail away with all its versions. One that a config names stays (409 `in_use`).
         * @description For a member in the project, or a gateway key with the scope `guardrails.delete`.
         */
        delete: operations["deleteGuardrail"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/guardrails/{slug}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a guardrail, the newest first.
         * @description For a viewer in the project, or a gateway key with the scope `guardrails.read`.
         */
        get: operations["listGuardrailVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's prompts, by age.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.list`.
         */
        get: operations["listPrompts"];
        put?: never;
        /**
         * Save a prompt. Its first version is published. What a call would be refused for is told now, with its path.
         * @description For a member in the project, or a gateway key with the scope `prompts.create`.
         */
        post: operations["createPrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One prompt in its published version, or in the one behind `@`: `pp-welcome@latest`.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["getPrompt"];
        /**
         * Change what the body names. What the prompt says anew is a new version, which is not published yet.
         * @description For a member in the project, or a gateway key with the scope `prompts.update`.
         */
        put: operations["updatePrompt"];
        post?: never;
        /**
         * Take a prompt away with all its versions. Refused while a config calls it.
         * @description For a member in the project, or a gateway key with the scope `prompts.delete`.
         */
        delete: operations["deletePrompt"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/makeDefault": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Publish a version: it counts where a call names none.
         * @description For a member in the project, or a gateway key with the scope `prompts.publish`.
         */
        put: operations["publishPrompt"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The body of a chat completion that the prompt comes to with these variables. Nothing is called or kept.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.render`.
         */
        post: operations["renderPrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a prompt, the newest first.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["listPromptVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One version of a prompt, by its id or number.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["getPromptVersion"];
        /**
         * Have a label point to this version, and to no other of the prompt.
         * @description For a member in the project, or a gateway key with the scope `prompts.publish`.
         */
        put: operations["labelPromptVersion"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/partials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's partials, by age.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.list`.
         */
        get: operations["listPromptPartials"];
        put?: never;
        /**
         * Save a partial. Its first version is published; templates have it by `{{>SLUG}}`.
         * @description For a member in the project, or a gateway key with the scope `prompts.create`.
         */
        post: operations["createPromptPartial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/partials/{partial}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One partial in its published version, or in the one behind `@`: `pp-tone@latest`.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["getPromptPartial"];
        /**
         * Change what the body names. Another template is a new version, which is not published yet.
         * @description For a member in the project, or a gateway key with the scope `prompts.update`.
         */
        put: operations["updatePromptPartial"];
        post?: never;
        /**
         * Take a partial away. Refused while a version that is published, newest or labelled has it.
         * @description For a member in the project, or a gateway key with the scope `prompts.delete`.
         */
        delete: operations["deletePromptPartial"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/partials/{partial}/makeDefault": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Publish a version: every template that names the partial without a version has it from now on.
         * @description For a member in the project, or a gateway key with the scope `prompts.publish`.
         */
        put: operations["publishPromptPartial"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/partials/{partial}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a partial, the newest first.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["listPromptPartialVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's labels, and before them those of every project.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.list`.
         */
        get: operations["listLabels"];
        put?: never;
        /**
         * Make a label of the project's own, to point to versions of prompts by.
         * @description For a member in the project, or a gateway key with the scope `prompts.create`.
         */
        post: operations["createLabel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/labels/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One label, by its id or name.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["getLabel"];
        /**
         * Change what the body names. Calls by a label's old name fail from then on.
         * @description For a member in the project, or a gateway key with the scope `prompts.update`.
         */
        put: operations["updateLabel"];
        post?: never;
        /**
         * Take a label away. Calls that name it fail from then on.
         * @description For a member in the project, or a gateway key with the scope `prompts.delete`.
         */
        delete: operations["deleteLabel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's collections, by age.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.list`.
         */
        get: operations["listCollections"];
        put?: never;
        /**
         * Make a collection for prompts, in another one or by itself.
         * @description For a member in the project, or a gateway key with the scope `prompts.create`.
         */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/collections/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One collection, by its id or slug.
         * @description For a viewer in the project, or a gateway key with the scope `prompts.read`.
         */
        get: operations["getCollection"];
        /**
         * Rename a collection.
         * @description For a member in the project, or a gateway key with the scope `prompts.update`.
         */
        put: operations["updateCollection"];
        post?: never;
        /**
         * Take an empty collection away.
         * @description For a member in the project, or a gateway key with the scope `prompts.delete`.
         */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{type}/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a gateway key: `workspace/service` or `workspace/user`. Its text is shown in this answer alone.
         * @description For a member in the project, or a gateway key with the scope `api_keys.create`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's gateway keys, by age.
         * @description For a viewer in the project, or a gateway key with the scope `api_keys.list`.
         */
        get: operations["listApiKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One gateway key, by the beginnings of what counts.
         * @description For a viewer in the project, or a gateway key with the scope `api_keys.read`.
         */
        get: operations["getApiKey"];
        /**
         * Change what the body names.
         * @description For a member in the project, or a gateway key with the scope `api_keys.update`.
         */
        put: operations["updateApiKey"];
        post?: never;
        /**
         * Take a gateway key away, with its key pairs.
         * @description For a member in the project, or a gateway key with the scope `api_keys.delete`.
         */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make another key for the same rights; those before count on for a while.
         * @description For a member in the project, or a gateway key with the scope `api_keys.update`.
         */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}/key-pairs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The key pairs of a gateway key, by age.
         * @description For a viewer in the project, or a gateway key with the scope `api_keys.read`.
         */
        get: operations["listKeyPairs"];
        put?: never;
        /**
         * Make a key pair with which AWS's SDKs sign for the native door. Its secret is shown in this answer alone.
         * @description For a member in the project, or a gateway key with the scope `api_keys.update`.
         */
        post: operations["createKeyPair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}/key-pairs/{pair}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Switch a key pair off or on.
         * @description For a member in the project, or a gateway key with the scope `api_keys.update`.
         */
        put: operations["updateKeyPair"];
        post?: never;
        /**
         * Take a key pair away.
         * @description For a member in the project, or a gateway key with the scope `api_keys.update`.
         */
        delete: operations["deleteKeyPair"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/model-catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The models that come with Adit's data: limits, capabilities, the prices that hold. AWS is not asked.
         * @description For a viewer in the project, or a gateway key with the scope `models.list`.
         */
        get: operations["listCatalogModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's budgets, by age.
         * @description For a viewer in the project, or a gateway key with the scope `budgets.list`.
         */
        get: operations["listBudgets"];
        put?: never;
        /**
         * Say what a gateway key, virtual key, project or metadata value may spend.
         * @description For an admin in the project, and for no gateway key.
         */
        post: operations["createBudget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{budget}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One budget.
         * @description For a viewer in the project, or a gateway key with the scope `budgets.read`.
         */
        get: operations["getBudget"];
        /**
         * Change what the body names. What was counted stays counted.
         * @description For an admin in the project, and for no gateway key.
         */
        put: operations["updateBudget"];
        post?: never;
        /**
         * Take a budget away, with what was counted of it.
         * @description For an admin in the project, and for no gateway key.
         */
        delete: operations["deleteBudget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{budget}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is used of a budget in the window that it is, a second behind at most.
         * @description For a viewer in the project, or a gateway key with the scope `budgets.read`.
         */
        get: operations["getBudgetUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{budget}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin the count of a budget anew, of all its values. Calls under way count on.
         * @description For an admin in the project, and for no gateway key.
         */
        post: operations["resetBudget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate-limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The project's rate limits, by age.
         * @description For a viewer in the project, or a gateway key with the scope `rate_limits.list`.
         */
        get: operations["listRateLimits"];
        put?: never;
        /**
         * Say how much may come in a time from a gateway key, virtual key, project or metadata value.
         * @description For an admin in the project, and for no gateway key.
         */
        post: operations["createRateLimit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate-limits/{rate_limit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One rate limit.
         * @description For a viewer in the project, or a gateway key with the scope `rate_limits.read`.
         */
        get: operations["getRateLimit"];
        /**
         * Change what the body names. What was counted stays counted.
         * @description For an admin in the project, and for no gateway key.
         */
        put: operations["updateRateLimit"];
        post?: never;
        /**
         * Take a rate limit away, with what was counted of it.
         * @description For an admin in the project, and for no gateway key.
         */
        delete: operations["deleteRateLimit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate-limits/{rate_limit}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is used of a rate limit in the window that it is, a second behind at most.
         * @description For a viewer in the project, or a gateway key with the scope `rate_limits.read`.
         */
        get: operations["getRateLimitUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate-limits/{rate_limit}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin the count of a rate limit anew, of all its values. Calls under way count on.
         * @description For an admin in the project, and for no gateway key.
         */
        post: operations["resetRateLimit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The projects that the caller has a part in.
         * @description For a viewer in the project, or a gateway key with the scope `workspaces.read`.
         */
        get: operations["listProjects"];
        put?: never;
        /**
         * Make a project: what is in it is seen from no other.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        post: operations["createProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One project, by its id or slug.
         * @description For a viewer in the project, or a gateway key with the scope `workspaces.read`.
         */
        get: operations["getProject"];
        /**
         * Change what the body names.
         * @description For an admin in the project, and for no gateway key.
         */
        put: operations["updateProject"];
        post?: never;
        /**
         * Take an empty project away. What its calls were stays within reach of admins of the gateway, by its id.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        delete: operations["deleteProject"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The projects that the caller has a part in.
         * @description For a viewer in the project, or a gateway key with the scope `workspaces.read`.
         */
        get: operations["listWorkspaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/workspaces/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One project, by its id or slug.
         * @description For a viewer in the project, or a gateway key with the scope `workspaces.read`.
         */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The people of a project, and their roles in it.
         * @description For an admin in the project, and for no gateway key.
         */
        get: operations["listProjectMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/people/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give a person a role in the project.
         * @description For an admin in the project, and for no gateway key.
         */
        put: operations["setProjectMember"];
        post?: never;
        /**
         * Take a person's role in the project away.
         * @description For an admin in the project, and for no gateway key.
         */
        delete: operations["deleteProjectMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All people, by age.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        get: operations["listPeople"];
        put?: never;
        /**
         * Add a person, with roles in projects.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        post: operations["createPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One person.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        get: operations["getPerson"];
        /**
         * Change what the body names. A new password ends the person's sessions, as switching them off does.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        put: operations["updatePerson"];
        post?: never;
        /**
         * Take a person away, with the gateway keys that belong to them.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        delete: operations["deletePerson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A stored response, as it was answered.
         * @description For a viewer in the project, or a gateway key with the scope `completions.write`.
         */
        get: operations["getResponse"];
        put?: never;
        post?: never;
        /**
         * Delete a stored response. What goes on from it stays, and can be gone on from no more.
         * @description For a member in the project, or a gateway key with the scope `completions.write`.
         */
        delete: operations["deleteResponse"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a stored response was made from, page by page: the items of the responses before it, and its own.
         * @description For a viewer in the project, or a gateway key with the scope `completions.write`.
         */
        get: operations["listInputItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Always refused: only responses in the background can be cancelled, and none are made here.
         * @description For a member in the project, or a gateway key with the scope `completions.write`.
         */
        post: operations["cancelResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls, the newest first, found by any of these filters; those by one index at once.
         * @description For a viewer in the project, or a gateway key with the scope `logs.list`.
         */
        get: operations["listLogs"];
        put?: never;
        /**
         * Keep logs of what did not pass through the gateway, one or a list of them, as Portkey's SDK sends them.
         * @description For a member in the project, or a gateway key with the scope `logs.create`.
         */
        post: operations["createLogs"];
        /**
         * Delete the calls whose metadata has these pairs, as a person may ask for; or their content alone.
         * @description For an admin in the project, and for no gateway key.
         */
        delete: operations["deleteLogs"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls as they end: events `log` with one each, and `gap` where more came than is shown; `Last-Event-ID` goes on from a call.
         * @description For a viewer in the project, or a gateway key with the scope `logs.list`.
         */
        get: operations["tailLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All calls that match, as lines of JSON, or as CSV that is safe to open in spreadsheets.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        get: operations["exportLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/{log}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is known of one call.
         * @description For a viewer in the project, or a gateway key with the scope `logs.read`.
         */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/{log}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why the call failed, was slow or was dear: causes with evidence, what to do, and what to paste.
         * @description For a viewer in the project, or a gateway key with the scope `logs.read`.
         */
        get: operations["explainLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/{log}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a logged request again, as it was or edited. It is a call: it counts against limits, and costs.
         * @description For a member in the project, or a gateway key with the scopes `completions.write` and `logs.read`.
         */
        post: operations["replayLog"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the project keeps of its calls, and for how long.
         * @description For a viewer in the project, or a gateway key with the scope `logs.read`.
         */
        get: operations["getLogSettings"];
        /**
         * Change what the body names. It holds for calls that begin from now on; retention, for all.
         * @description For an admin in the project, and for no gateway key.
         */
        put: operations["updateLogSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The exports of the project, the newest first.
         * @description For a viewer in the project, or a gateway key with the scope `logs.list`.
         */
        get: operations["listLogsExports"];
        put?: never;
        /**
         * Describe an export. It is made when it is started, and read when it is fetched.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        post: operations["createLogsExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/exports/{export}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One export.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        get: operations["getLogsExport"];
        /**
         * Change what an export is to hold.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        put: operations["updateLogsExport"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/exports/{export}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the export ready to be fetched.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        post: operations["startLogsExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/exports/{export}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give the export up: addresses of its file are good no more.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        post: operations["cancelLogsExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/exports/{export}/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An address of the file that needs no key, and is good for 15 minutes. The file holds lines of JSON.
         * @description For a viewer in the project, or a gateway key with the scope `logs.export`.
         */
        get: operations["downloadLogsExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The saved views.
         * @description For a viewer in the project, or a gateway key with the scope `logs.list`.
         */
        get: operations["listLogViews"];
        put?: never;
        /**
         * Save filters of the logs under a name; a view of this name is replaced.
         * @description For a member in the project, or a gateway key with the scope `logs.create`.
         */
        post: operations["saveLogView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/views/{view}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a saved view.
         * @description For a member in the project, or a gateway key with the scope `logs.delete`.
         */
        delete: operations["deleteLogView"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces/{trace}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A trace as a tree: its calls, and in each what took how long.
         * @description For a viewer in the project, or a gateway key with the scope `logs.read`.
         */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what the answers of a trace were worth: one feedback, or a list.
         * @description For a member in the project, or a gateway key with the scope `completions.write`.
         */
        post: operations["createFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feedback/{feedback}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a feedback.
         * @description For a member in the project, or a gateway key with the scope `completions.write`.
         */
        put: operations["updateFeedback"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analytics/graphs/{graph}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A graph over time: requests, cost, latency, tokens, users, users-requests, errors, errors-rate, errors-stack, errors-status-code, requests-rescued, cache-hit-rate, cache-latency, feedbacks.
         * @description For a viewer in the project, or a gateway key with the scope `analytics.view`.
         */
        get: operations["getAnalyticsGraph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analytics/graphs/{graph}/{part}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A graph over time: users/requests, errors/rate, errors/stacks, errors/status-codes, requests/rescued, cache/hit-rate, cache/latency, feedbacks/score, feedbacks/scores, feedbacks/weighted, feedbacks/ai-models.
         * @description For a viewer in the project, or a gateway key with the scope `analytics.view`.
         */
        get: operations["getAnalyticsGraphOfPart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analytics/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls apart by ai-models, model, ai_service, provider, status_code, api_key, config, prompt, workspace, workspaces, region, tier, error, users.
         * @description For a viewer in the project, or a gateway key with the scope `analytics.view`.
         */
        get: operations["getAnalyticsGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analytics/groups/metadata/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls apart by the values that a name has in their metadata.
         * @description For a viewer in the project, or a gateway key with the scope `analytics.view`.
         */
        get: operations["getAnalyticsOfMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/analytics/summary/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the cache has saved.
         * @description For a viewer in the project, or a gateway key with the scope `analytics.view`.
         */
        get: operations["getCacheSummary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The price table that holds.
         * @description For a viewer in the project, or a gateway key with the scope `completions.write`.
         */
        get: operations["getPrices"];
        /**
         * Lay prices of one's own over the package's: a whole table, which takes the place of the one before.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        put: operations["updatePrices"];
        post?: never;
        /**
         * Go back to the package's own prices.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        delete: operations["deletePrices"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts of this gateway's calls, tokens, costs and times, in Prometheus's text format.
         * @description For an admin in the whole gateway, or a gateway key with the scope `metrics.read`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change, the newest first: who, what, before and after, without secrets.
         * @description For an admin in the project, and for no gateway key.
         */
        get: operations["listAuditLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vault": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which master key seals, by name, and how many secrets are under it.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        get: operations["getVault"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vault/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wrap every secret's data key anew under the next master key. It may be asked for again where it was broken off.
         * @description For an admin in the whole gateway, and for no gateway key.
         */
        post: operations["rotateMasterKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks. */
        get: operations["getSession"];
        put?: never;
        /** Sign in: the session comes in a cookie. */
        post: operations["signIn"];
        /** Sign out. */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change one's own password, with the present one. It ends all of one's sessions, this one too. */
        put: operations["changeOwnPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/{slug}/invoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call the model. Its own JSON comes back; with `stream` its chunks, as server-sent events.
         * @description For the admin key, or a gateway key with the scope `completions.write`, whose models, regions, virtual keys and limits hold here too.
         */
        post: operations["invokeConnector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connectors/{slug}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call the model. Records come back, as AI Squared has them.
         * @description For the admin key, or a gateway key with the scope `completions.write`, whose models, regions, virtual keys and limits hold here too.
         */
        post: operations["readConnector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "object": "analytics-graph",
         *       "success": true,
         *       "summary": {
         *         "total": 1.8,
         *         "avg": 0.0018,
         *         "cost": "0.018",
         *         "unknown": 0
         *       },
         *       "data_points": [
         *         {
         *           "timestamp": "2026-11-25T08:30:00.000Z",
         *           "total": 1.8,
         *           "avg": 0.0018,
         *           "cost": "0.018",
         *           "unknown": 0
         *         }
         *       ],
         *       "step_seconds": 3600,
         *       "is_partial": false
         *     }
         */
        AnalyticsGraph: {
            /** @constant */
            object: "analytics-graph";
            /** @constant */
            success: true;
            /** @description Of the whole window. */
            summary: {
                [key: string]: unknown;
            };
            /** @description One for each step, empty ones too. */
            data_points: ({
                /** Format: date-time */
                timestamp: string;
            } & {
                [key: string]: unknown;
            })[];
            step_seconds: number;
            /** @description True where the filter needs each call to be read, and not all of them were. */
            is_partial: boolean;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "object": "analytics-group",
         *           "ai_model": "amazon.nova-lite-v1:0",
         *           "requests": 1000,
         *           "cost": 1.8,
         *           "cost_usd": "0.018",
         *           "unknown_costs": 0,
         *           "total_tokens": 150000,
         *           "error_count": 2,
         *           "avg_latency": 640
         *         }
         *       ],
         *       "is_partial": false
         *     }
         */
        AnalyticsGroups: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: ({
                /** @constant */
                object: "analytics-group";
                requests: number;
                /** @description Cents. */
                cost: number;
                /** @description Dollars, exact. */
                cost_usd: string;
                /** @description Calls whose cost is not known: no part of the sum. */
                unknown_costs: number;
            } & {
                [key: string]: unknown;
            })[];
            is_partial: boolean;
        };
        /**
         * @example {
         *       "id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "api-key",
         *       "name": "Billing service",
         *       "description": null,
         *       "type": "workspace-service",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "user_id": null,
         *       "status": "active",
         *       "scopes": [
         *         "completions.write"
         *       ],
         *       "allowed_models": null,
         *       "allowed_virtual_keys": null,
         *       "allowed_regions": null,
         *       "allowed_addresses": null,
         *       "defaults": {
         *         "metadata": {
         *           "team": "billing"
         *         },
         *         "config_id": null,
         *         "allow_config_override": true,
         *         "virtual_key": null,
         *         "allow_credential_override": true
         *       },
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "expires_at": null,
         *       "last_used_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "keys": [
         *         {
         *           "prefix": "adit_sk_Qk3v",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "valid_until": null
         *         }
         *       ]
         *     }
         */
        ApiKey: {
            id: string;
            /** @constant */
            object: "api-key";
            name: string;
            description: string | null;
            /** @enum {string} */
            type: "workspace-service" | "workspace-user";
            workspace_id: string;
            user_id: string | null;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            scopes: string[];
            allowed_models: string[] | null;
            allowed_virtual_keys: string[] | null;
            allowed_regions: string[] | null;
            allowed_addresses: string[] | null;
            defaults: {
                metadata: {
                    [key: string]: string;
                } | null;
                config_id: string | null;
                allow_config_override: boolean;
                virtual_key: string | null;
                allow_credential_override: boolean;
            };
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            expires_at: string | null;
            /** @description Some minutes behind. */
            last_used_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @description The beginnings of the keys that count now. */
            keys: {
                prefix: string;
                /** Format: date-time */
                created_at: string;
                valid_until: string | null;
            }[];
        };
        /**
         * @example {
         *       "name": "Billing service",
         *       "scopes": [
         *         "completions.write"
         *       ],
         *       "defaults": {
         *         "metadata": {
         *           "team": "billing"
         *         }
         *       }
         *     }
         */
        ApiKeyCreate: {
            name: string;
            /** @description What the key may do, such as completions.write or virtual_keys.*. */
            scopes: string[];
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            /** @description The person it belongs to: a must for keys of the kind user. */
            user_id?: string;
            /** @description As in the path. */
            type?: string;
            /** @description As in the path. */
            "sub-type"?: string;
            /** @description What it is for. */
            description?: string | null;
            defaults?: {
                metadata?: {
                    [key: string]: string;
                } | null;
                /** @description Slug of the config where a request names none. */
                config_id?: string | null;
                allow_config_override?: boolean;
                /** @description Slug of the virtual key where a request brings no credential. */
                virtual_key?: string | null;
                allow_credential_override?: boolean;
            };
            allowed_models?: string[] | null;
            /** @description Slugs; null: all of the project's. */
            allowed_virtual_keys?: string[] | null;
            allowed_regions?: string[] | null;
            /** @description Addresses or networks that callers come from. */
            allowed_addresses?: string[] | null;
            expires_at?: string | null;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
        };
        /**
         * @example {
         *       "id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "api-key",
         *       "name": "Billing service",
         *       "description": null,
         *       "type": "workspace-service",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "user_id": null,
         *       "status": "active",
         *       "scopes": [
         *         "completions.write"
         *       ],
         *       "allowed_models": null,
         *       "allowed_virtual_keys": null,
         *       "allowed_regions": null,
         *       "allowed_addresses": null,
         *       "defaults": {
         *         "metadata": {
         *           "team": "billing"
         *         },
         *         "config_id": null,
         *         "allow_config_override": true,
         *         "virtual_key": null,
         *         "allow_credential_override": true
         *       },
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "expires_at": null,
         *       "last_used_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "key": "adit_sk_..."
         *     }
         */
        ApiKeyCreated: {
            id: string;
            /** @constant */
            object: "api-key";
            name: string;
            description: string | null;
            /** @enum {string} */
            type: "workspace-service" | "workspace-user";
            workspace_id: string;
            user_id: string | null;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            scopes: string[];
            allowed_models: string[] | null;
            allowed_virtual_keys: string[] | null;
            allowed_regions: string[] | null;
            allowed_addresses: string[] | null;
            defaults: {
                metadata: {
                    [key: string]: string;
                } | null;
                config_id: string | null;
                allow_config_override: boolean;
                virtual_key: string | null;
                allow_credential_override: boolean;
            };
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            expires_at: string | null;
            /** @description Some minutes behind. */
            last_used_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @description Shown this once. Null where an Idempotency-Key asked for the answer again. */
            key: string | null;
        };
        /**
         * @example {
         *       "id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "api-key",
         *       "name": "Billing service",
         *       "description": null,
         *       "type": "workspace-service",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "user_id": null,
         *       "status": "active",
         *       "scopes": [
         *         "completions.write"
         *       ],
         *       "allowed_models": null,
         *       "allowed_virtual_keys": null,
         *       "allowed_regions": null,
         *       "allowed_addresses": null,
         *       "defaults": {
         *         "metadata": {
         *           "team": "billing"
         *         },
         *         "config_id": null,
         *         "allow_config_override": true,
         *         "virtual_key": null,
         *         "allow_credential_override": true
         *       },
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "expires_at": null,
         *       "last_used_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        ApiKeyEntry: {
            id: string;
            /** @constant */
            object: "api-key";
            name: string;
            description: string | null;
            /** @enum {string} */
            type: "workspace-service" | "workspace-user";
            workspace_id: string;
            user_id: string | null;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            scopes: string[];
            allowed_models: string[] | null;
            allowed_virtual_keys: string[] | null;
            allowed_regions: string[] | null;
            allowed_addresses: string[] | null;
            defaults: {
                metadata: {
                    [key: string]: string;
                } | null;
                config_id: string | null;
                allow_config_override: boolean;
                virtual_key: string | null;
                allow_credential_override: boolean;
            };
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            expires_at: string | null;
            /** @description Some minutes behind. */
            last_used_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "api-key",
         *           "name": "Billing service",
         *           "description": null,
         *           "type": "workspace-service",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "user_id": null,
         *           "status": "active",
         *           "scopes": [
         *             "completions.write"
         *           ],
         *           "allowed_models": null,
         *           "allowed_virtual_keys": null,
         *           "allowed_regions": null,
         *           "allowed_addresses": null,
         *           "defaults": {
         *             "metadata": {
         *               "team": "billing"
         *             },
         *             "config_id": null,
         *             "allow_config_override": true,
         *             "virtual_key": null,
         *             "allow_credential_override": true
         *           },
         *           "usage_limits": null,
         *           "rate_limits": [],
         *           "expires_at": null,
         *           "last_used_at": null,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ApiKeyList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["ApiKeyEntry"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "overlap_seconds": 3600
         *     }
         */
        ApiKeyRotate: {
            /** @description For how long the keys before count on; default 86400. */
            overlap_seconds?: number;
        };
        /**
         * @example {
         *       "allowed_models": [
         *         "amazon.nova-*"
         *       ]
         *     }
         */
        ApiKeyUpdate: {
            /** @description As in the path. */
            id?: string;
            name?: string;
            scopes?: string[];
            /** @enum {string} */
            status?: "active" | "disabled";
            /** @description What it is for. */
            description?: string | null;
            defaults?: {
                metadata?: {
                    [key: string]: string;
                } | null;
                /** @description Slug of the config where a request names none. */
                config_id?: string | null;
                allow_config_override?: boolean;
                /** @description Slug of the virtual key where a request brings no credential. */
                virtual_key?: string | null;
                allow_credential_override?: boolean;
            };
            allowed_models?: string[] | null;
            /** @description Slugs; null: all of the project's. */
            allowed_virtual_keys?: string[] | null;
            allowed_regions?: string[] | null;
            /** @description Addresses or networks that callers come from. */
            allowed_addresses?: string[] | null;
            expires_at?: string | null;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
            /** @description True: the count of `usage_limits` begins anew. */
            reset_usage?: boolean | 0 | 1;
        };
        AuditEntry: {
            id: string;
            /** @constant */
            object: "audit-log";
            /** Format: date-time */
            at: string;
            workspace_id: string | null;
            actor: {
                kind: string;
                id: string | null;
                address: string | null;
            };
            action: string;
            object_kind: string;
            object_id: string;
            before: {
                [key: string]: unknown;
            } | null;
            after: {
                [key: string]: unknown;
            } | null;
            request_id: string | null;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "data": [
         *         {
         *           "id": "aud_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "audit-log",
         *           "at": "2026-11-25T08:30:00.000Z",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "actor": {
         *             "kind": "person",
         *             "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *             "address": "10.0.0.7"
         *           },
         *           "action": "virtual_key.update",
         *           "object_kind": "virtual_key",
         *           "object_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "before": {
         *             "name": "Bedrock"
         *           },
         *           "after": {
         *             "name": "Bedrock production"
         *           },
         *           "request_id": "req_01890a5d-ac96-774b-bcce-b302099a8057"
         *         }
         *       ],
         *       "has_more": false,
         *       "last_id": "aud_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        AuditList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            data: components["schemas"]["AuditEntry"][];
            has_more: boolean;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "bud_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "budget",
         *       "name": "Research",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "scope": "metadata",
         *       "scope_id": "team",
         *       "scope_value": null,
         *       "unit": "cost",
         *       "amount": "250",
         *       "period": "monthly",
         *       "period_days": null,
         *       "period_from": null,
         *       "alert_percents": [
         *         80
         *       ],
         *       "alert_url": "https://hooks.example.com/...",
         *       "unknown_price": "block"
         *     }
         */
        Budget: {
            id: string;
            name: string;
            workspace_id: string;
            /** @enum {string} */
            scope: "gateway_key" | "virtual_key" | "project" | "metadata";
            scope_id: string;
            scope_value: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @constant */
            object: "budget";
            /** @enum {string} */
            unit: "cost" | "tokens";
            /** @description Dollars as a decimal, exact; or tokens. */
            amount: string;
            /** @enum {string} */
            period: "total" | "daily" | "weekly" | "monthly" | "days";
            period_days: number | null;
            period_from: string | null;
            alert_percents: number[];
            /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
            alert_url: string | null;
            /** @enum {string} */
            unknown_price: "block" | "allow";
        };
        /**
         * @example {
         *       "name": "Research",
         *       "scope": "metadata",
         *       "scope_id": "team",
         *       "unit": "cost",
         *       "amount": "250",
         *       "period": "monthly"
         *     }
         */
        BudgetCreate: {
            name: string;
            /**
             * @description Whom it concerns.
             * @enum {string}
             */
            scope: "gateway_key" | "virtual_key" | "project" | "metadata";
            /** @description Id of the gateway key; id or slug of the virtual key; name of the metadata field. Absent for the project itself. */
            scope_id?: string;
            /** @description For `metadata`: the field's value. Absent: each value has a count of its own. */
            scope_value?: string;
            /** @enum {string} */
            unit: "cost" | "tokens";
            /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
            amount: number | string;
            /** @enum {string} */
            period: "total" | "daily" | "weekly" | "monthly" | "days";
            /** @description For the period `days`: how many. */
            period_days?: number | null;
            /** @description For `days`: a moment at which a window begins. Default: the beginning of this day in UTC. */
            period_from?: string | null;
            /** @description Whole percents of the budget, 1 to 100: at each an alert goes to `alert_url`, once in a period. */
            alert_percents?: number[];
            /** @description Where alerts are posted; its origin is in ADIT_CUSTOM_HOSTS. It is sealed: its origin and `/...` are shown, and let it be where they are sent back. */
            alert_url?: string;
            /**
             * @description What becomes of calls whose price is not known, for budgets of cost. Default: block.
             * @enum {string}
             */
            unknown_price?: "block" | "allow";
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "bud_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "budget",
         *           "name": "Research",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z",
         *           "scope": "metadata",
         *           "scope_id": "team",
         *           "scope_value": null,
         *           "unit": "cost",
         *           "amount": "250",
         *           "period": "monthly",
         *           "period_days": null,
         *           "period_from": null,
         *           "alert_percents": [
         *             80
         *           ],
         *           "alert_url": "https://hooks.example.com/...",
         *           "unknown_price": "block"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "bud_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "bud_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        BudgetList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Budget"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "amount": "300"
         *     }
         */
        BudgetUpdate: {
            name?: string;
            /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
            amount?: number | string;
            /** @description Whole percents of the budget, 1 to 100: at each an alert goes to `alert_url`, once in a period. */
            alert_percents?: number[];
            alert_url?: string | null;
            /**
             * @description What becomes of calls whose price is not known, for budgets of cost. Default: block.
             * @enum {string}
             */
            unknown_price?: "block" | "allow";
        };
        /**
         * @example {
         *       "object": "analytics-summary",
         *       "total": 40,
         *       "asked": 100,
         *       "rate": 40,
         *       "saved_ms": 21000
         *     }
         */
        CacheSummary: {
            /** @constant */
            object: "analytics-summary";
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "config",
         *       "name": "Main",
         *       "slug": "pc-main-1f2e3d",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "is_default": 0,
         *       "status": "active",
         *       "version": 1,
         *       "version_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "config": {
         *         "retry": {
         *           "attempts": 3
         *         }
         *       },
         *       "success": true,
         *       "data": {
         *         "id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "object": "config",
         *         "name": "Main",
         *         "slug": "pc-main-1f2e3d",
         *         "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *         "is_default": 0,
         *         "status": "active",
         *         "version": 1,
         *         "version_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *         "created_at": "2026-11-25T08:30:00.000Z",
         *         "last_updated_at": "2026-11-25T08:30:00.000Z",
         *         "config": {
         *           "retry": {
         *             "attempts": 3
         *           }
         *         }
         *       }
         *     }
         */
        Config: {
            id: string;
            /** @constant */
            object: "config";
            name: string;
            slug: string;
            workspace_id: string;
            is_default: 0 | 1;
            /** @enum {string} */
            status: "active" | "inactive";
            version: number;
            version_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @description The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema. */
            config: {
                [key: string]: unknown;
            };
            /** @constant */
            success: true;
            /** @description The same again, where Portkey's documents have it. */
            data: {
                id: string;
                /** @constant */
                object: "config";
                name: string;
                slug: string;
                workspace_id: string;
                is_default: 0 | 1;
                /** @enum {string} */
                status: "active" | "inactive";
                version: number;
                version_id: string;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                last_updated_at: string;
                /** @description The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema. */
                config: {
                    [key: string]: unknown;
                };
            };
        };
        /**
         * @example {
         *       "name": "Main",
         *       "config": {
         *         "strategy": {
         *           "mode": "fallback"
         *         },
         *         "targets": [
         *           {
         *             "virtual_key": "bedrock-production"
         *           }
         *         ]
         *       }
         *     }
         */
        ConfigCreate: {
            name: string;
            /** @description `pc-...`; made from the name where it is absent. */
            slug?: string;
            /** @description The config: docs/configs.md, and its JSON schema at /v1/configs/schema. As an object, or as JSON text. */
            config: {
                [key: string]: unknown;
            } | string;
            is_default?: boolean | 0 | 1;
            /** @description The same, as Portkey's documents spell it. */
            isDefault?: boolean | 0 | 1;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        ConfigEntry: {
            id: string;
            /** @constant */
            object: "config";
            name: string;
            slug: string;
            workspace_id: string;
            is_default: 0 | 1;
            /** @enum {string} */
            status: "active" | "inactive";
            version: number;
            version_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "config",
         *           "name": "Main",
         *           "slug": "pc-main-1f2e3d",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "is_default": 0,
         *           "status": "active",
         *           "version": 1,
         *           "version_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "pc_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ConfigList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["ConfigEntry"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "config",
         *       "name": "Main",
         *       "slug": "pc-main-1f2e3d",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "is_default": 0,
         *       "status": "active",
         *       "version": 1,
         *       "version_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "config": {
         *         "retry": {
         *           "attempts": 3
         *         }
         *       },
         *       "success": true,
         *       "data": {
         *         "id": "pc_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "object": "config",
         *         "name": "Main",
         *         "slug": "pc-main-1f2e3d",
         *         "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *         "is_default": 0,
         *         "status": "active",
         *         "version": 1,
         *         "version_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *         "created_at": "2026-11-25T08:30:00.000Z",
         *         "last_updated_at": "2026-11-25T08:30:00.000Z",
         *         "config": {
         *           "retry": {
         *             "attempts": 3
         *           }
         *         }
         *       },
         *       "dropped": []
         *     }
         */
        ConfigSaved: {
            id: string;
            /** @constant */
            object: "config";
            name: string;
            slug: string;
            workspace_id: string;
            is_default: 0 | 1;
            /** @enum {string} */
            status: "active" | "inactive";
            version: number;
            version_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @description The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema. */
            config: {
                [key: string]: unknown;
            };
            /** @constant */
            success: true;
            /** @description The same again, where Portkey's documents have it. */
            data: {
                id: string;
                /** @constant */
                object: "config";
                name: string;
                slug: string;
                workspace_id: string;
                is_default: 0 | 1;
                /** @enum {string} */
                status: "active" | "inactive";
                version: number;
                version_id: string;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                last_updated_at: string;
                /** @description The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema. */
                config: {
                    [key: string]: unknown;
                };
            };
            /** @description Paths of what in the config has no effect here. */
            dropped: string[];
        };
        /**
         * @example {
         *       "name": "Main, with retries",
         *       "config": {
         *         "retry": {
         *           "attempts": 3
         *         }
         *       }
         *     }
         */
        ConfigUpdate: {
            /** @description As in the path. */
            slug?: string;
            name?: string;
            /** @description The config: docs/configs.md, and its JSON schema at /v1/configs/schema. As an object, or as JSON text. */
            config?: {
                [key: string]: unknown;
            } | string;
            /** @enum {string} */
            status?: "active" | "inactive";
            is_default?: boolean | 0 | 1;
            isDefault?: boolean | 0 | 1;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "version": 1,
         *           "config": {
         *             "retry": {
         *               "attempts": 3
         *             }
         *           },
         *           "created_by": null,
         *           "created_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "last_id": "pcv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        ConfigVersions: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                version: number;
                /** @description The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema. */
                config: {
                    [key: string]: unknown;
                };
                created_by: string | null;
                /** Format: date-time */
                created_at: string;
            }[];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "connection_spec": {
         *         "region": "us-east-1",
         *         "model_id": "amazon.nova-lite-v1:0",
         *         "request_format": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}",
         *         "access_key": "AKIAIOSFODNN7EXAMPLE",
         *         "secret_access_key": "..."
         *       }
         *     }
         */
        ConnectionCheck: {
            connection_spec: {
                /**
                 * Access Key ID
                 * @description Of an IAM user: IAM > Users > Security credentials > Access keys.
                 */
                access_key?: string;
                /**
                 * Secret Access Key
                 * @description Shown once by AWS, when the access key is made. Never shown again here.
                 */
                secret_access_key?: string;
                /**
                 * Session Token
                 * @description Beside temporary keys. Adit's own field.
                 */
                session_token?: string;
                /**
                 * Bedrock API Key
                 * @description In place of the keys: Bedrock > API keys. Adit's own field.
                 */
                api_key?: string;
                /**
                 * Role ARN
                 * @description A role to assume, with the keys here or the server's own identity. Adit's own field.
                 */
                role_arn?: string;
                /**
                 * Virtual Key
                 * @description The slug of a stored credential, in place of one here. Adit's own field.
                 */
                virtual_key?: string;
                /**
                 * Region
                 * @description Such as us-east-1. An ARN's own region goes before it.
                 */
                region?: string;
                /**
                 * Inference Profile ARN
                 * @description Bedrock > Infer > Cross-region inference: the profile's ARN or id. Called in place of the model where it is given.
                 */
                inference_profile?: string;
                /**
                 * Model ID
                 * @description Bedrock > Discover > Model catalog: the model's page names it, such as amazon.nova-lite-v1:0.
                 */
                model_id?: string;
                /**
                 * Request Format
                 * @description A request in the model's own JSON. GET /v1/connectors/samples has one for each model.
                 */
                request_format?: string | {
                    [key: string]: components["schemas"]["Json"];
                };
                /**
                 * Response Format
                 * @description A sample of the model's answer.
                 */
                response_format?: string | {
                    [key: string]: components["schemas"]["Json"];
                };
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "type": "connection_status",
         *       "connection_status": {
         *         "status": "succeeded",
         *         "message": null
         *       }
         *     }
         */
        ConnectionStatus: {
            /** @constant */
            type: "connection_status";
            connection_status: {
                /** @enum {string} */
                status: "succeeded" | "failed";
                message: string | null;
                /** @enum {string} */
                cause?: "request_format" | "connection_spec" | "signature" | "credential" | "permission" | "model_not_in_region" | "request" | "quota" | "network" | "aws";
                remedy?: string;
                aws_request_id?: string;
            };
        };
        /**
         * @example {
         *       "object": "connector",
         *       "id": "con_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "summaries",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "name": "Summaries",
         *       "connection_spec": {
         *         "region": "us-east-1",
         *         "model_id": "amazon.nova-lite-v1:0",
         *         "request_format": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}",
         *         "virtual_key": "bedrock-production"
         *       },
         *       "input_schema": [
         *         {
         *           "name": "messages.0.content.0.text",
         *           "value": "Summarise: {{doc}}",
         *           "value_type": "dynamic"
         *         }
         *       ],
         *       "output_schema": [
         *         {
         *           "name": "summary",
         *           "type": "string",
         *           "path": "$.output.message.content[*].text"
         *         }
         *       ],
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Connector: {
            /** @constant */
            object: "connector";
            id: string;
            slug: string;
            workspace_id: string;
            name: string;
            connection_spec: {
                /** @description The end of the access key's id: nothing of a secret is shown. */
                access_key?: string;
                /**
                 * Role ARN
                 * @description A role to assume, with the keys here or the server's own identity. Adit's own field.
                 */
                role_arn?: string;
                /** @description Stands in the role's trust policy. */
                external_id?: string;
                /** @description Of the connector's own credential. */
                credential_kind?: string;
                /**
                 * Virtual Key
                 * @description The slug of a stored credential, in place of one here. Adit's own field.
                 */
                virtual_key?: string;
                /**
                 * Region
                 * @description Such as us-east-1. An ARN's own region goes before it.
                 */
                region?: string;
                /**
                 * Inference Profile ARN
                 * @description Bedrock > Infer > Cross-region inference: the profile's ARN or id. Called in place of the model where it is given.
                 */
                inference_profile?: string;
                /**
                 * Model ID
                 * @description Bedrock > Discover > Model catalog: the model's page names it, such as amazon.nova-lite-v1:0.
                 */
                model_id?: string;
                request_format?: string;
                response_format?: string;
            };
            input_schema: {
                /** @description The place in the request format: messages.0.content */
                name: string;
                /**
                 * @description Absent: the value keeps its own type.
                 * @enum {string}
                 */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description The value; with dynamic the name of it in data. {{name}} in a text stands for data's value. */
                value: components["schemas"]["Json"];
                /**
                 * @default static
                 * @enum {string}
                 */
                value_type: "static" | "dynamic";
                /** @description What stands in where data has none. Adit's own field. */
                default?: components["schemas"]["Json"];
            }[];
            output_schema: {
                name: string;
                /** @enum {string} */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text */
                path: string;
            }[];
            /** @description Milliseconds. */
            request_timeout?: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "output": {
         *         "summary": "A passage into a mine."
         *       },
         *       "output_faults": [],
         *       "data": {
         *         "output": {
         *           "message": {
         *             "role": "assistant",
         *             "content": [
         *               {
         *                 "text": "A passage into a mine."
         *               }
         *             ]
         *           }
         *         }
         *       }
         *     }
         */
        ConnectorAnswer: {
            /** @description Values of the output schema by their names; null where the answer has none. */
            output: {
                [key: string]: unknown;
            };
            output_faults: {
                name: string;
                path: string;
                message: string;
            }[];
            /** @description The model's own JSON. */
            data: components["schemas"]["Json"];
        } | components["schemas"]["Json"];
        /**
         * @example {
         *       "type": "catalog",
         *       "catalog": {
         *         "streams": [
         *           {
         *             "name": "summaries",
         *             "action": "create",
         *             "json_schema": {
         *               "type": "object"
         *             }
         *           }
         *         ]
         *       }
         *     }
         */
        ConnectorCatalog: {
            /** @constant */
            type: "catalog";
            catalog: {
                streams: {
                    [key: string]: unknown;
                }[];
            };
        };
        /**
         * @example {
         *       "name": "Summaries",
         *       "slug": "summaries",
         *       "connection_spec": {
         *         "region": "us-east-1",
         *         "model_id": "amazon.nova-lite-v1:0",
         *         "request_format": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}",
         *         "virtual_key": "bedrock-production"
         *       },
         *       "input_schema": [
         *         {
         *           "name": "messages.0.content.0.text",
         *           "value": "Summarise: {{doc}}",
         *           "value_type": "dynamic"
         *         }
         *       ],
         *       "output_schema": [
         *         {
         *           "name": "summary",
         *           "type": "string",
         *           "path": "$.output.message.content[*].text"
         *         }
         *       ]
         *     }
         */
        ConnectorCreate: {
            name: string;
            /** @description By what it is called; made from the name where it is absent. */
            slug?: string;
            connection_spec: {
                /**
                 * Access Key ID
                 * @description Of an IAM user: IAM > Users > Security credentials > Access keys.
                 */
                access_key?: string;
                /**
                 * Secret Access Key
                 * @description Shown once by AWS, when the access key is made. Never shown again here.
                 */
                secret_access_key?: string;
                /**
                 * Session Token
                 * @description Beside temporary keys. Adit's own field.
                 */
                session_token?: string;
                /**
                 * Bedrock API Key
                 * @description In place of the keys: Bedrock > API keys. Adit's own field.
                 */
                api_key?: string;
                /**
                 * Role ARN
                 * @description A role to assume, with the keys here or the server's own identity. Adit's own field.
                 */
                role_arn?: string;
                /**
                 * Virtual Key
                 * @description The slug of a stored credential, in place of one here. Adit's own field.
                 */
                virtual_key?: string;
                /**
                 * Region
                 * @description Such as us-east-1. An ARN's own region goes before it.
                 */
                region?: string;
                /**
                 * Inference Profile ARN
                 * @description Bedrock > Infer > Cross-region inference: the profile's ARN or id. Called in place of the model where it is given.
                 */
                inference_profile?: string;
                /**
                 * Model ID
                 * @description Bedrock > Discover > Model catalog: the model's page names it, such as amazon.nova-lite-v1:0.
                 */
                model_id?: string;
                /**
                 * Request Format
                 * @description A request in the model's own JSON. GET /v1/connectors/samples has one for each model.
                 */
                request_format?: string | {
                    [key: string]: components["schemas"]["Json"];
                };
                /**
                 * Response Format
                 * @description A sample of the model's answer.
                 */
                response_format?: string | {
                    [key: string]: components["schemas"]["Json"];
                };
            };
            input_schema?: {
                /** @description The place in the request format: messages.0.content */
                name: string;
                /**
                 * @description Absent: the value keeps its own type.
                 * @enum {string}
                 */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description The value; with dynamic the name of it in data. {{name}} in a text stands for data's value. */
                value: components["schemas"]["Json"];
                /**
                 * @default static
                 * @enum {string}
                 */
                value_type: "static" | "dynamic";
                /** @description What stands in where data has none. Adit's own field. */
                default?: components["schemas"]["Json"];
            }[];
            output_schema?: {
                name: string;
                /** @enum {string} */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text */
                path: string;
            }[];
            /** @description Milliseconds until the answer is there or its stream begins. */
            request_timeout?: number;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example [
         *       {
         *         "type": "log",
         *         "log": {
         *           "level": "error",
         *           "name": "AWS:BEDROCK MODEL:RUN_MODEL:EXCEPTION",
         *           "message": "values.temperature is no place of the request format.",
         *           "code": "invalid_request"
         *         }
         *       }
         *     ]
         */
        ConnectorFailure: {
            /** @constant */
            type: "log";
            log: {
                /** @enum {string} */
                level: "warn" | "error";
                name: string;
                message: string;
            } & {
                [key: string]: unknown;
            };
        }[];
        /**
         * @example {
         *       "values": {
         *         "inferenceConfig.maxTokens": 200
         *       },
         *       "data": {
         *         "doc": "An adit is a level passage into a mine."
         *       }
         *     }
         */
        ConnectorInvocation: {
            /** @description The model's own JSON: sent as it is, without values and data. */
            body?: Record<string, never>;
            /** @description Values by their place in the request format. */
            values?: Record<string, never>;
            /** @description What dynamic fields and `{{names}}` stand for. */
            data?: Record<string, never>;
            /** @description In place of the connector's own. */
            output_schema?: {
                name: string;
                /** @enum {string} */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text */
                path: string;
            }[];
            /** @description For invoke: the model's chunks as server-sent events. */
            stream?: boolean;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "object": "connector",
         *           "id": "con_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "slug": "summaries",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "name": "Summaries",
         *           "connection_spec": {
         *             "region": "us-east-1",
         *             "model_id": "amazon.nova-lite-v1:0",
         *             "request_format": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}",
         *             "virtual_key": "bedrock-production"
         *           },
         *           "input_schema": [
         *             {
         *               "name": "messages.0.content.0.text",
         *               "value": "Summarise: {{doc}}",
         *               "value_type": "dynamic"
         *             }
         *           ],
         *           "output_schema": [
         *             {
         *               "name": "summary",
         *               "type": "string",
         *               "path": "$.output.message.content[*].text"
         *             }
         *           ],
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "con_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "con_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ConnectorList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Connector"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example [
         *       {
         *         "type": "record",
         *         "record": {
         *           "data": {
         *             "summary": "A passage into a mine."
         *           },
         *           "emitted_at": 1795600000
         *         }
         *       }
         *     ]
         */
        ConnectorRecords: ({
            /** @constant */
            type: "record";
            record: {
                data: components["schemas"]["Json"];
                /** @description Seconds since 1970. */
                emitted_at: number;
            };
        } | {
            /** @constant */
            type: "log";
            log: {
                /** @enum {string} */
                level: "warn" | "error";
                name: string;
                message: string;
            } & {
                [key: string]: unknown;
            };
        })[];
        /**
         * @example {
         *       "object": "list",
         *       "data": [
         *         {
         *           "maker": "Amazon",
         *           "model_ids": [
         *             "amazon.nova-lite-v1:0"
         *           ],
         *           "request_format": {},
         *           "response_format": {}
         *         }
         *       ]
         *     }
         */
        ConnectorSamples: {
            /** @constant */
            object: "list";
            data: {
                maker: string;
                model_ids: string[];
                request_format: {
                    [key: string]: unknown;
                };
                response_format: {
                    [key: string]: unknown;
                };
            }[];
        };
        /**
         * @example {
         *       "object": "connector",
         *       "id": "con_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "summaries",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "name": "Summaries",
         *       "connection_spec": {
         *         "region": "us-east-1",
         *         "model_id": "amazon.nova-lite-v1:0",
         *         "request_format": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}",
         *         "virtual_key": "bedrock-production"
         *       },
         *       "input_schema": [
         *         {
         *           "name": "messages.0.content.0.text",
         *           "value": "Summarise: {{doc}}",
         *           "value_type": "dynamic"
         *         }
         *       ],
         *       "output_schema": [
         *         {
         *           "name": "summary",
         *           "type": "string",
         *           "path": "$.output.message.content[*].text"
         *         }
         *       ],
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "success": true,
         *       "warnings": []
         *     }
         */
        ConnectorSaved: {
            /** @constant */
            object: "connector";
            id: string;
            slug: string;
            workspace_id: string;
            name: string;
            connection_spec: {
                /** @description The end of the access key's id: nothing of a secret is shown. */
                access_key?: string;
                /**
                 * Role ARN
                 * @description A role to assume, with the keys here or the server's own identity. Adit's own field.
                 */
                role_arn?: string;
                /** @description Stands in the role's trust policy. */
                external_id?: string;
                /** @description Of the connector's own credential. */
                credential_kind?: string;
                /**
                 * Virtual Key
                 * @description The slug of a stored credential, in place of one here. Adit's own field.
                 */
                virtual_key?: string;
                /**
                 * Region
                 * @description Such as us-east-1. An ARN's own region goes before it.
                 */
                region?: string;
                /**
                 * Inference Profile ARN
                 * @description Bedrock > Infer > Cross-region inference: the profile's ARN or id. Called in place of the model where it is given.
                 */
                inference_profile?: string;
                /**
                 * Model ID
                 * @description Bedrock > Discover > Model catalog: the model's page names it, such as amazon.nova-lite-v1:0.
                 */
                model_id?: string;
                request_format?: string;
                response_format?: string;
            };
            input_schema: {
                /** @description The place in the request format: messages.0.content */
                name: string;
                /**
                 * @description Absent: the value keeps its own type.
                 * @enum {string}
                 */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description The value; with dynamic the name of it in data. {{name}} in a text stands for data's value. */
                value: components["schemas"]["Json"];
                /**
                 * @default static
                 * @enum {string}
                 */
                value_type: "static" | "dynamic";
                /** @description What stands in where data has none. Adit's own field. */
                default?: components["schemas"]["Json"];
            }[];
            output_schema: {
                name: string;
                /** @enum {string} */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text */
                path: string;
            }[];
            /** @description Milliseconds. */
            request_timeout?: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @constant */
            success: true;
            warnings: string[];
        };
        /**
         * @example {
         *       "type": "connector_spec",
         *       "connector_spec": {
         *         "connector_query_type": "ai_ml"
         *       }
         *     }
         */
        ConnectorSpec: {
            /** @constant */
            type: "connector_spec";
            /** @description AI Squared's, with JSON schema of draft 7. */
            connector_spec: {
                [key: string]: unknown;
            };
        };
        /**
         * @example {
         *       "connection_spec": {
         *         "model_id": "amazon.nova-pro-v1:0",
         *         "region": null
         *       }
         *     }
         */
        ConnectorUpdate: {
            name?: string;
            connection_spec?: {
                access_key?: string | null;
                secret_access_key?: string | null;
                session_token?: string | null;
                api_key?: string | null;
                role_arn?: string | null;
                virtual_key?: string | null;
                region?: string | null;
                inference_profile?: string | null;
                model_id?: string | null;
                request_format?: (string | {
                    [key: string]: components["schemas"]["Json"];
                }) | null;
                response_format?: (string | {
                    [key: string]: components["schemas"]["Json"];
                }) | null;
            };
            input_schema?: {
                /** @description The place in the request format: messages.0.content */
                name: string;
                /**
                 * @description Absent: the value keeps its own type.
                 * @enum {string}
                 */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description The value; with dynamic the name of it in data. {{name}} in a text stands for data's value. */
                value: components["schemas"]["Json"];
                /**
                 * @default static
                 * @enum {string}
                 */
                value_type: "static" | "dynamic";
                /** @description What stands in where data has none. Adit's own field. */
                default?: components["schemas"]["Json"];
            }[] | null;
            output_schema?: {
                name: string;
                /** @enum {string} */
                type?: "string" | "number" | "integer" | "float" | "boolean" | "array" | "object" | "other";
                /** @description JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text */
                path: string;
            }[] | null;
            request_timeout?: number | null;
        };
        /**
         * @example {
         *       "success": true,
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "deleted": true
         *     }
         */
        Deleted: {
            /** @constant */
            success: true;
            id: string;
            /** @constant */
            deleted: true;
        };
        /**
         * @example {
         *       "object": "config.dry_run",
         *       "plan": {
         *         "kind": "target",
         *         "path": "config.targets[0]",
         *         "provider": "bedrock",
         *         "model": "amazon.nova-lite-v1:0",
         *         "region": "us-east-1",
         *         "credential": "virtual key bedrock-production",
         *         "params": [],
         *         "dropped": []
         *       },
         *       "first": [
         *         {
         *           "target": "config.targets[0]",
         *           "share": 1
         *         }
         *       ],
         *       "failures": [
         *         {
         *           "target": "config.targets[0]",
         *           "failure": "throttled",
         *           "status": 429,
         *           "retries": 2,
         *           "next": null
         *         }
         *       ],
         *       "dropped": [],
         *       "warnings": []
         *     }
         */
        DryRun: {
            /** @constant */
            object: "config.dry_run";
            plan: components["schemas"]["Plan"];
            /** @description Who is called first. */
            first: {
                target: string;
                share: number;
            }[];
            failures: {
                target: string;
                failure: string;
                status: number;
                /** @description Further tries at the same target first. */
                retries: number;
                /** @description What is tried then; null: the caller gets the failure. */
                next: string | null;
            }[];
            /** @description Paths of what has no effect here. */
            dropped: string[];
            warnings: {
                path: string;
                message: string;
            }[];
        };
        /**
         * @example {
         *       "config": {
         *         "strategy": {
         *           "mode": "fallback"
         *         },
         *         "targets": [
         *           {
         *             "virtual_key": "bedrock-production"
         *           },
         *           {
         *             "aws_region": "us-west-2"
         *           }
         *         ]
         *       },
         *       "request": {
         *         "body": {
         *           "model": "amazon.nova-lite-v1:0"
         *         },
         *         "metadata": {
         *           "team": "billing"
         *         }
         *       }
         *     }
         */
        DryRunRequest: {
            /** @description The config, or the slug of a saved one. */
            config: string | {
                [key: string]: unknown;
            };
            /** @description What is known of the request: conditions, sticky draws and parameters look at it. */
            request?: {
                /** @description Default /v1/chat/completions. */
                path?: string;
                headers?: {
                    [key: string]: string;
                };
                /** @description In the stead of the header. */
                metadata?: {
                    [key: string]: unknown;
                };
                body?: {
                    [key: string]: unknown;
                };
            };
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "trace_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "value": 5,
         *       "weight": 1,
         *       "metadata": {
         *         "by": "ada"
         *       }
         *     }
         */
        FeedbackCreate: ({
            trace_id?: string;
            traceID?: string;
            traceId?: string;
            value: number;
            /** @default 1 */
            weight: number;
            /** @default {} */
            metadata: {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        })[] | {
            [key: string]: {
                trace_id?: string;
                traceID?: string;
                traceId?: string;
                value: number;
                /** @default 1 */
                weight: number;
                /** @default {} */
                metadata: {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
        } | ({
            trace_id?: string;
            traceID?: string;
            traceId?: string;
            value: number;
            /** @default 1 */
            weight: number;
            /** @default {} */
            metadata: {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        });
        /**
         * @example {
         *       "status": "success",
         *       "success": true,
         *       "message": "Feedback successfully saved",
         *       "feedback_ids": [
         *         "fb_01890a5d-ac96-774b-bcce-b302099a8057"
         *       ]
         *     }
         */
        FeedbackSaved: {
            /** @constant */
            status: "success";
            /** @constant */
            success: true;
            message: string;
            feedback_ids: string[];
        };
        /**
         * @example {
         *       "value": -2
         *     }
         */
        FeedbackUpdate: {
            value?: number;
            weight?: number;
            metadata?: {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "id": "pg_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "guardrail",
         *       "name": "No cards",
         *       "slug": "pg-no-cards-1f2e3d",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "status": "active",
         *       "version": 1,
         *       "version_id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "owner_id": null,
         *       "updated_by": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "checks": [
         *         {
         *           "id": "default.pii",
         *           "parameters": {
         *             "categories": [
         *               "CREDIT_CARD"
         *             ]
         *           }
         *         }
         *       ],
         *       "actions": {
         *         "deny": true
         *       },
         *       "success": true,
         *       "data": {
         *         "id": "pg_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "object": "guardrail",
         *         "name": "No cards",
         *         "slug": "pg-no-cards-1f2e3d",
         *         "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *         "status": "active",
         *         "version": 1,
         *         "version_id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
         *         "owner_id": null,
         *         "updated_by": null,
         *         "created_at": "2026-11-25T08:30:00.000Z",
         *         "last_updated_at": "2026-11-25T08:30:00.000Z",
         *         "checks": [
         *           {
         *             "id": "default.pii",
         *             "parameters": {
         *               "categories": [
         *                 "CREDIT_CARD"
         *               ]
         *             }
         *           }
         *         ],
         *         "actions": {
         *           "deny": true
         *         }
         *       }
         *     }
         */
        Guardrail: {
            id: string;
            /** @constant */
            object: "guardrail";
            name: string;
            slug: string;
            workspace_id: string;
            /** @enum {string} */
            status: "active" | "archived";
            version: number;
            version_id: string;
            owner_id: string | null;
            updated_by: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @description Values of webhooks' headers are shown as `***`. */
            checks: {
                [key: string]: unknown;
            }[];
            actions: {
                [key: string]: unknown;
            };
            /** @constant */
            success: true;
            /** @description The same again, where Portkey's documents have it. */
            data: {
                id: string;
                /** @constant */
                object: "guardrail";
                name: string;
                slug: string;
                workspace_id: string;
                /** @enum {string} */
                status: "active" | "archived";
                version: number;
                version_id: string;
                owner_id: string | null;
                updated_by: string | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                last_updated_at: string;
                /** @description Values of webhooks' headers are shown as `***`. */
                checks: {
                    [key: string]: unknown;
                }[];
                actions: {
                    [key: string]: unknown;
                };
            };
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "default.wordCount",
         *           "object": "guardrail_check",
         *           "parameters": {
         *             "type": "object",
         *             "properties": {
         *               "maxWords": {
         *                 "type": "number"
         *               }
         *             }
         *           }
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "default.wordCount",
         *       "last_id": "default.wordCount"
         *     }
         */
        GuardrailChecks: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                /** @constant */
                object: "guardrail_check";
                /** @description JSON schema (2020-12) of its parameters. */
                parameters: {
                    [key: string]: unknown;
                };
            }[];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "name": "No cards",
         *       "checks": [
         *         {
         *           "id": "default.pii",
         *           "parameters": {
         *             "categories": [
         *               "CREDIT_CARD"
         *             ]
         *           }
         *         }
         *       ],
         *       "actions": {
         *         "deny": true
         *       }
         *     }
         */
        GuardrailCreate: {
            name: string;
            /** @description `pg-...`; made from the name where it is absent. */
            slug?: string;
            checks: ({
                /** @description Such as `default.regexMatch`; without a prefix it is one of `default`. */
                id: string;
                parameters?: {
                    [key: string]: unknown;
                };
                name?: string;
                is_enabled?: boolean;
            } & {
                [key: string]: unknown;
            })[];
            /** @description What its verdict leads to. */
            actions?: {
                /** @description True: what fails is refused with 446. Default: it is told of with 246. */
                deny?: boolean;
                /** @description True: nobody waits for it, and only the log says what it found. */
                async?: boolean;
                sequential?: boolean;
                on_success?: {
                    [key: string]: unknown;
                };
                on_fail?: {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            /** @description Portkey's; of no meaning here. */
            organisation_id?: string;
        };
        GuardrailEntry: {
            id: string;
            /** @constant */
            object: "guardrail";
            name: string;
            slug: string;
            workspace_id: string;
            /** @enum {string} */
            status: "active" | "archived";
            version: number;
            version_id: string;
            owner_id: string | null;
            updated_by: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "pg_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "guardrail",
         *           "name": "No cards",
         *           "slug": "pg-no-cards-1f2e3d",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "status": "active",
         *           "version": 1,
         *           "version_id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "owner_id": null,
         *           "updated_by": null,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "pg_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "pg_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        GuardrailList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["GuardrailEntry"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "actions": {
         *         "deny": false
         *       }
         *     }
         */
        GuardrailUpdate: {
            name?: string;
            checks?: ({
                /** @description Such as `default.regexMatch`; without a prefix it is one of `default`. */
                id: string;
                parameters?: {
                    [key: string]: unknown;
                };
                name?: string;
                is_enabled?: boolean;
            } & {
                [key: string]: unknown;
            })[];
            /** @description What its verdict leads to. */
            actions?: {
                /** @description True: what fails is refused with 446. Default: it is told of with 246. */
                deny?: boolean;
                /** @description True: nobody waits for it, and only the log says what it found. */
                async?: boolean;
                sequential?: boolean;
                on_success?: {
                    [key: string]: unknown;
                };
                on_fail?: {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
            /**
             * @description `archived`: switched off; calls that name it are refused.
             * @enum {string}
             */
            status?: "active" | "archived";
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            organisation_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "version": 1,
         *           "checks": [
         *             {
         *               "id": "default.pii",
         *               "parameters": {
         *                 "categories": [
         *                   "CREDIT_CARD"
         *                 ]
         *               }
         *             }
         *           ],
         *           "actions": {
         *             "deny": true
         *           },
         *           "created_by": null,
         *           "created_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "last_id": "pgv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        GuardrailVersions: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                version: number;
                /** @description Values of webhooks' headers are shown as `***`. */
                checks: {
                    [key: string]: unknown;
                }[];
                actions: {
                    [key: string]: unknown;
                };
                created_by: string | null;
                /** Format: date-time */
                created_at: string;
            }[];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "object": "list",
         *       "data": [
         *         {
         *           "id": "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_in_0",
         *           "type": "message",
         *           "role": "user",
         *           "status": "completed",
         *           "content": [
         *             {
         *               "type": "input_text",
         *               "text": "Good morning"
         *             }
         *           ]
         *         }
         *       ],
         *       "first_id": "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_in_0",
         *       "last_id": "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_in_0",
         *       "has_more": false
         *     }
         */
        InputItemList: {
            /** @constant */
            object: "list";
            /** @description OpenAI's items: messages, calls and their outputs, reasoning. */
            data: unknown[];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "integration",
         *       "slug": "bedrock-main",
         *       "name": "Bedrock",
         *       "description": null,
         *       "ai_provider_id": "bedrock",
         *       "type": "workspace",
         *       "status": "active",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "configurations": {
         *         "aws_auth_type": "serviceRole",
         *         "aws_region": "us-east-1"
         *       },
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Integration: {
            id: string;
            /** @constant */
            object: "integration";
            slug: string;
            name: string;
            description: string | null;
            ai_provider_id: string;
            /** @constant */
            type: "workspace";
            /** @enum {string} */
            status: "active" | "disabled" | "expired";
            workspace_id: string;
            /** @description What of the credential is no secret. */
            configurations: {
                [key: string]: string;
            };
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "name": "Bedrock",
         *       "ai_provider_id": "bedrock",
         *       "slug": "bedrock-main",
         *       "configurations": {
         *         "aws_auth_type": "serviceRole",
         *         "aws_region": "us-east-1"
         *       }
         *     }
         */
        IntegrationCreate: {
            name: string;
            /** @description `bedrock`, or `openai` for a host that speaks OpenAI's API. */
            ai_provider_id: string;
            slug?: string;
            /** @description A Bedrock API key, or the key of an OpenAI-compatible host. */
            key?: string;
            description?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            /** @description The credential, by Portkey's names or any of docs/credentials.md. */
            configurations?: {
                /** @enum {string} */
                aws_auth_type?: "accessKey" | "assumedRole" | "serviceRole" | "apiKey";
                aws_region?: string;
                aws_access_key_id?: string;
                aws_secret_access_key?: string;
                aws_role_arn?: string;
                aws_external_id?: string;
                custom_host?: string;
            } & {
                [key: string]: unknown;
            };
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "integration",
         *           "slug": "bedrock-main",
         *           "name": "Bedrock",
         *           "description": null,
         *           "ai_provider_id": "bedrock",
         *           "type": "workspace",
         *           "status": "active",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "configurations": {
         *             "aws_auth_type": "serviceRole",
         *             "aws_region": "us-east-1"
         *           },
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        IntegrationList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Integration"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "integration",
         *       "slug": "bedrock-main",
         *       "name": "Bedrock",
         *       "description": null,
         *       "ai_provider_id": "bedrock",
         *       "type": "workspace",
         *       "status": "active",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "configurations": {
         *         "aws_auth_type": "serviceRole",
         *         "aws_region": "us-east-1"
         *       },
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "success": true,
         *       "warnings": []
         *     }
         */
        IntegrationSaved: {
            id: string;
            /** @constant */
            object: "integration";
            slug: string;
            name: string;
            description: string | null;
            ai_provider_id: string;
            /** @constant */
            type: "workspace";
            /** @enum {string} */
            status: "active" | "disabled" | "expired";
            workspace_id: string;
            /** @description What of the credential is no secret. */
            configurations: {
                [key: string]: string;
            };
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @constant */
            success: true;
            /** @description What its owner should know. */
            warnings: string[];
        };
        /**
         * @example {
         *       "description": "For everybody"
         *     }
         */
        IntegrationUpdate: {
            name?: string;
            key?: string;
            description?: string | null;
            /** @description The credential, by Portkey's names or any of docs/credentials.md. */
            configurations?: {
                /** @enum {string} */
                aws_auth_type?: "accessKey" | "assumedRole" | "serviceRole" | "apiKey";
                aws_region?: string;
                aws_access_key_id?: string;
                aws_secret_access_key?: string;
                aws_role_arn?: string;
                aws_external_id?: string;
                custom_host?: string;
            } & {
                [key: string]: unknown;
            };
        };
        Json: unknown;
        /**
         * @example {
         *       "type": "object"
         *     }
         */
        JsonSchema: {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "id": "akp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "key-pair",
         *       "access_key_id": "ADITABCDEFGHIJKLMNOP",
         *       "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "status": "active",
         *       "created_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        KeyPair: {
            id: string;
            /** @constant */
            object: "key-pair";
            access_key_id: string;
            api_key_id: string;
            /** @enum {string} */
            status: "active" | "disabled";
            /** Format: date-time */
            created_at: string;
        };
        /**
         * @example {
         *       "id": "akp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "key-pair",
         *       "access_key_id": "ADITABCDEFGHIJKLMNOP",
         *       "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "status": "active",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "secret_access_key": "..."
         *     }
         */
        KeyPairCreated: {
            id: string;
            /** @constant */
            object: "key-pair";
            access_key_id: string;
            api_key_id: string;
            /** @enum {string} */
            status: "active" | "disabled";
            /** Format: date-time */
            created_at: string;
            /** @description Shown this once. Null where an Idempotency-Key asked for the answer again. */
            secret_access_key: string | null;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "akp_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "key-pair",
         *           "access_key_id": "ADITABCDEFGHIJKLMNOP",
         *           "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "status": "active",
         *           "created_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "akp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "akp_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        KeyPairList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["KeyPair"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "status": "disabled"
         *     }
         */
        KeyPairUpdate: {
            /** @enum {string} */
            status: "active" | "disabled";
        };
        /**
         * @example {
         *       "object": "limit.usage",
         *       "id": "bud_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "unit": "cost",
         *       "amount": "250",
         *       "window_start": "2026-11-01T00:00:00.000Z",
         *       "window_end": "2026-12-01T00:00:00.000Z",
         *       "has_more": false,
         *       "counts": [
         *         {
         *           "value": "genomics",
         *           "settled": "12.5034",
         *           "beyond_bounds": "0",
         *           "held": "0.12",
         *           "unconfirmed": "0",
         *           "remaining": "237.3766",
         *           "unpriced_calls": 0
         *         }
         *       ]
         *     }
         */
        LimitUsage: {
            /** @constant */
            object: "limit.usage";
            id: string;
            /** @enum {string} */
            unit: "cost" | "tokens" | "requests";
            amount: string;
            /** @description Null for a budget without an end. */
            window_start: string | null;
            window_end: string | null;
            /** @description True: there are more values than are shown, each with less used. */
            has_more: boolean;
            counts: {
                /** @description The metadata value that is counted; null where there is one count. */
                value: string | null;
                /** @description What calls have used. */
                settled: string;
                /** @description The part of it that was billed beyond what was reserved. */
                beyond_bounds: string;
                /** @description Reserved by calls under way, or idle in a gateway. */
                held: string;
                /** @description What gateways held that have died: it counts as spent. */
                unconfirmed: string;
                remaining: string;
                /** @description Calls whose cost is not known: in none of these figures. */
                unpriced_calls: number;
            }[];
        };
        /**
         * @example {
         *       "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "log",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "trace_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "span_id": null,
         *       "span_name": null,
         *       "parent_span_id": null,
         *       "metadata": {
         *         "team": "red"
         *       },
         *       "request_method": "POST",
         *       "request_url": "/v1/chat/completions",
         *       "dialect": "openai-chat",
         *       "stream": false,
         *       "client": "OpenAI/JS 7.55.0",
         *       "response_status_code": 200,
         *       "is_success": true,
         *       "error": null,
         *       "stop_reason": "end_turn",
         *       "ai_org": "bedrock",
         *       "ai_model": "us.amazon.nova-lite-v1:0",
         *       "model": "amazon.nova-lite-v1:0",
         *       "model_used": "us.amazon.nova-lite-v1:0",
         *       "route": "converse",
         *       "region": "us-east-1",
         *       "credential": "virtual key prod",
         *       "config": null,
         *       "prompt": null,
         *       "target": "config",
         *       "tier": "standard",
         *       "aws_request_id": "5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
         *       "attempt_count": 1,
         *       "cache_status": null,
         *       "req_units": 100,
         *       "res_units": 50,
         *       "total_units": 150,
         *       "cost": "0.000018",
         *       "cost_is_estimate": false,
         *       "response_time": 640,
         *       "first_byte_ms": 611,
         *       "first_token_ms": null
         *     }
         */
        Log: {
            id: string;
            /** @constant */
            object: "log";
            /** Format: date-time */
            created_at: string;
            workspace_id: string;
            api_key_id: string | null;
            trace_id: string;
            span_id: string | null;
            span_name: string | null;
            parent_span_id: string | null;
            metadata: {
                [key: string]: string;
            };
            request_method: string;
            request_url: string;
            dialect: string;
            stream: boolean;
            client: string | null;
            response_status_code: number;
            is_success: boolean;
            error: string | null;
            stop_reason: string | null;
            /** @description The provider. */
            ai_org: string | null;
            /** @description As it was asked for. */
            ai_model: string | null;
            /** @description Base id: without geography and ARN. */
            model: string | null;
            model_used: string | null;
            route: string | null;
            region: string | null;
            credential: string | null;
            config: string | null;
            prompt: {
                id: string;
                version: number;
            } | null;
            target: string | null;
            tier: string;
            aws_request_id: string | null;
            attempt_count: number;
            cache_status: string | null;
            /** @description Input of all kinds. */
            req_units: number | null;
            res_units: number | null;
            total_units: number | null;
            /** @description Dollars, exact. Null: not known. */
            cost: string | null;
            cost_is_estimate: boolean;
            /** @description Milliseconds. */
            response_time: number;
            first_byte_ms: number | null;
            first_token_ms: number | null;
        };
        /**
         * @example {
         *       "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "log",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "trace_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "span_id": null,
         *       "span_name": null,
         *       "parent_span_id": null,
         *       "metadata": {
         *         "team": "red"
         *       },
         *       "request_method": "POST",
         *       "request_url": "/v1/chat/completions",
         *       "dialect": "openai-chat",
         *       "stream": false,
         *       "client": "OpenAI/JS 7.55.0",
         *       "response_status_code": 200,
         *       "is_success": true,
         *       "error": null,
         *       "stop_reason": "end_turn",
         *       "ai_org": "bedrock",
         *       "ai_model": "us.amazon.nova-lite-v1:0",
         *       "model": "amazon.nova-lite-v1:0",
         *       "model_used": "us.amazon.nova-lite-v1:0",
         *       "route": "converse",
         *       "region": "us-east-1",
         *       "credential": "virtual key prod",
         *       "config": null,
         *       "prompt": null,
         *       "target": "config",
         *       "tier": "standard",
         *       "aws_request_id": "5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
         *       "attempt_count": 1,
         *       "cache_status": null,
         *       "req_units": 100,
         *       "res_units": 50,
         *       "total_units": 150,
         *       "cost": "0.000018",
         *       "cost_is_estimate": false,
         *       "response_time": 640,
         *       "first_byte_ms": 611,
         *       "first_token_ms": null,
         *       "aws_error": null,
         *       "aws_reason": null,
         *       "param": null,
         *       "circuits_open": [],
         *       "dropped": [],
         *       "attempts": [],
         *       "timings": {
         *         "auth_ms": 0,
         *         "read_ms": 1,
         *         "plan_ms": 1,
         *         "limits_ms": null,
         *         "queue_ms": 2,
         *         "first_byte_ms": 611,
         *         "first_token_ms": null,
         *         "total_ms": 640,
         *         "upstream_ms": 580,
         *         "settle_ms": null,
         *         "between_tokens_ms": null
         *       },
         *       "usage": {
         *         "inputTokens": 100,
         *         "outputTokens": 50,
         *         "totalTokens": 150
         *       },
         *       "units": {
         *         "input": 100,
         *         "output": 50,
         *         "cache_read": 0,
         *         "cache_write": 0,
         *         "total": 150
         *       },
         *       "cost_parts": {
         *         "input": "0.000006",
         *         "output": "0.000012"
         *       },
         *       "cost_missing": [],
         *       "prices": "2026-08-21",
         *       "limit_flags": [],
         *       "guardrails": [],
         *       "guardrail_feedback": [],
         *       "content": null,
         *       "feedback": []
         *     }
         */
        LogDetail: {
            id: string;
            /** @constant */
            object: "log";
            /** Format: date-time */
            created_at: string;
            workspace_id: string;
            api_key_id: string | null;
            trace_id: string;
            span_id: string | null;
            span_name: string | null;
            parent_span_id: string | null;
            metadata: {
                [key: string]: string;
            };
            request_method: string;
            request_url: string;
            dialect: string;
            stream: boolean;
            client: string | null;
            response_status_code: number;
            is_success: boolean;
            error: string | null;
            stop_reason: string | null;
            /** @description The provider. */
            ai_org: string | null;
            /** @description As it was asked for. */
            ai_model: string | null;
            /** @description Base id: without geography and ARN. */
            model: string | null;
            model_used: string | null;
            route: string | null;
            region: string | null;
            credential: string | null;
            config: string | null;
            prompt: {
                id: string;
                version: number;
            } | null;
            target: string | null;
            tier: string;
            aws_request_id: string | null;
            attempt_count: number;
            cache_status: string | null;
            /** @description Input of all kinds. */
            req_units: number | null;
            res_units: number | null;
            total_units: number | null;
            /** @description Dollars, exact. Null: not known. */
            cost: string | null;
            cost_is_estimate: boolean;
            /** @description Milliseconds. */
            response_time: number;
            first_byte_ms: number | null;
            first_token_ms: number | null;
            aws_error: string | null;
            /** @description What AWS's words are about, where they tell more than the error's name. */
            aws_reason: string | null;
            param: string | null;
            circuits_open: string[];
            /** @description What was left out on purpose. */
            dropped: string[];
            attempts: {
                target: string;
                provider: string | null;
                route: string | null;
                region: string | null;
                model: string | null;
                credential: string | null;
                /** Format: date-time */
                started_at: string;
                duration_ms: number;
                /** @description How long the credential was waited for, before `started_at`. */
                credentials_ms: number;
                sign_ms: number;
                /** @description From the signature to a connection: a new one with its handshakes, or one that is open. */
                connect_ms: number | null;
                /** @description From `started_at` to the status line. */
                status_line_ms: number | null;
                status: number | null;
                aws_request_id: string | null;
                error: string | null;
                /** @description What ended its stream after it had begun: the code, AWS's name of it, what AWS's words are about. */
                stream_failure: {
                    error: string;
                    aws_error: string | null;
                    aws_reason: string | null;
                } | null;
                /** @description Of an answer that guardrails kept back: what it used, and its part of the call's cost. */
                thrown_away: {
                    usage: {
                        [key: string]: unknown;
                    } | null;
                    units: {
                        input: number | null;
                        output: number | null;
                        cache_read: number | null;
                        cache_write: number | null;
                        total: number | null;
                    };
                    cost: string | null;
                } | null;
            }[];
            timings: {
                /** @description To who calls being known. Milliseconds from the arrival, as all that follows. */
                auth_ms: number;
                /** @description To the body's end. */
                read_ms: number | null;
                /** @description To where the call goes being known. */
                plan_ms: number | null;
                /** @description To what limits reserve; null where none concerns the call. */
                limits_ms: number | null;
                queue_ms: number | null;
                first_byte_ms: number | null;
                first_token_ms: number | null;
                total_ms: number;
                /** @description What AWS says that the model took. */
                upstream_ms: number | null;
                /** @description How long the end of the answer waited for its limits; null where it did not. */
                settle_ms: number | null;
                /** @description What each token of a stream after the first took, on average. */
                between_tokens_ms: number | null;
            };
            /** @description In the provider's own words. */
            usage: {
                [key: string]: unknown;
            } | null;
            units: {
                input: number | null;
                output: number | null;
                cache_read: number | null;
                cache_write: number | null;
                total: number | null;
            };
            /** @description Dollars by what they are for. */
            cost_parts: {
                [key: string]: string;
            };
            /** @description Why the cost is not known: prices and counts that are missing. */
            cost_missing: string[];
            /** @description Version of the price table. */
            prices: string | null;
            /** @description How limits took what it used, where that was not as foreseen. */
            limit_flags: string[];
            /** @description What each check said; of those that nobody waits for, once it is known. */
            guardrails: ({
                /** @description Id or slug. */
                guardrail: string;
                check: string;
                /** @enum {string} */
                when: "before_request" | "after_request";
                verdict: boolean;
                /** @description True: it changed the request or the answer. */
                transformed: boolean;
                durationMs: number;
                /** @description Why it could not judge. */
                error?: string;
                /** @description True: nobody waited for it. */
                isAsync?: boolean;
            } & {
                [key: string]: unknown;
            })[];
            /** @description What `on_success` and `on_fail` of guardrails said; it is among the feedback of the trace too. */
            guardrail_feedback: {
                [key: string]: unknown;
            }[];
            /** @description Request and answer, where they are kept. */
            content: {
                [key: string]: unknown;
            } | null;
            feedback: ({
                id: string;
                value: number;
                weight: number;
                metadata: {
                    [key: string]: unknown;
                };
                /** Format: date-time */
                created_at: string;
            } & {
                [key: string]: unknown;
            })[];
        };
        /**
         * @example {
         *       "object": "log-explanation",
         *       "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "causes": [
         *         {
         *           "id": "caller-left",
         *           "about": "failure",
         *           "cause": "The caller left before the answer was whole.",
         *           "evidence": [
         *             "status: 499"
         *           ],
         *           "remedy": "Nothing, if the caller meant to.",
         *           "paste": null
         *         }
         *       ]
         *     }
         */
        LogExplained: {
            /** @constant */
            object: "log-explanation";
            id: string;
            /** @description The failure's first; empty where nothing is wrong. */
            causes: {
                id: string;
                /** @enum {string} */
                about: "failure" | "slowness" | "cost" | "notice";
                cause: string;
                evidence: string[];
                remedy: string;
                /** @description An IAM policy, or a config. */
                paste: {
                    [key: string]: unknown;
                } | null;
            }[];
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "data": [
         *         {
         *           "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "log",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "api_key_id": "gk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "trace_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *           "span_id": null,
         *           "span_name": null,
         *           "parent_span_id": null,
         *           "metadata": {
         *             "team": "red"
         *           },
         *           "request_method": "POST",
         *           "request_url": "/v1/chat/completions",
         *           "dialect": "openai-chat",
         *           "stream": false,
         *           "client": "OpenAI/JS 7.55.0",
         *           "response_status_code": 200,
         *           "is_success": true,
         *           "error": null,
         *           "stop_reason": "end_turn",
         *           "ai_org": "bedrock",
         *           "ai_model": "us.amazon.nova-lite-v1:0",
         *           "model": "amazon.nova-lite-v1:0",
         *           "model_used": "us.amazon.nova-lite-v1:0",
         *           "route": "converse",
         *           "region": "us-east-1",
         *           "credential": "virtual key prod",
         *           "config": null,
         *           "prompt": null,
         *           "target": "config",
         *           "tier": "standard",
         *           "aws_request_id": "5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
         *           "attempt_count": 1,
         *           "cache_status": null,
         *           "req_units": 100,
         *           "res_units": 50,
         *           "total_units": 150,
         *           "cost": "0.000018",
         *           "cost_is_estimate": false,
         *           "response_time": 640,
         *           "first_byte_ms": 611,
         *           "first_token_ms": null
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "scanned": null,
         *       "scanned_to": null,
         *       "scanned_without_content": null,
         *       "scanned_unreadable": null
         *     }
         */
        LogList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            data: components["schemas"]["Log"][];
            has_more: boolean;
            first_id: string | null;
            /** @description `after` of the next page; of a search, also where it has found nothing so far. */
            last_id: string | null;
            /** @description Calls that were read for this page, where no index gave them; null where one did. */
            scanned: number | null;
            /** @description Arrival of the oldest of those: how far the window has been read. */
            scanned_to: string | null;
            /** @description Calls among them that the other filters mean, of which no content is kept; null without search_content. */
            scanned_without_content: number | null;
            /** @description Calls among them whose kept content is damaged in the database: the text may stand in it. Null without search_content. */
            scanned_unreadable: number | null;
        };
        /**
         * @example {
         *       "model": "us.amazon.nova-pro-v1:0",
         *       "body": {
         *         "temperature": 0
         *       }
         *     }
         */
        LogReplay: {
            /** @description Laid over the request's members; null takes one away. */
            body?: {
                [key: string]: unknown;
            };
            model?: string;
            /** @description Another path; the body must be of its dialect then. */
            path?: string;
            /** @description Slug. */
            virtual_key?: string;
            /** @description Slug of a saved config, or a config. */
            config?: string | {
                [key: string]: unknown;
            };
        };
        /**
         * @example {
         *       "object": "log-replay",
         *       "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "status": 200,
         *       "response": {
         *         "choices": []
         *       },
         *       "original": {
         *         "id": "req_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "status": 429,
         *         "response": {
         *           "error": {
         *             "code": "throttled"
         *           }
         *         }
         *       },
         *       "difference": [
         *         {
         *           "path": "error.code",
         *           "before": "throttled",
         *           "after": null
         *         }
         *       ],
         *       "notes": []
         *     }
         */
        LogReplayed: {
            /** @constant */
            object: "log-replay";
            /** @description Of the new call: it is in the logs too. */
            id: string;
            status: number;
            response: unknown;
            original: {
                id: string;
                status: number;
                response: unknown;
            };
            difference: {
                path: string;
                before: unknown;
                after: unknown;
            }[];
            /** @description What could not be as it was. */
            notes: string[];
        };
        /**
         * @example {
         *       "content": "errors",
         *       "sample_percent": 10,
         *       "content_days": 30,
         *       "record_days": null,
         *       "most_content_bytes": 10000000000,
         *       "drain_streams": false
         *     }
         */
        LogSettings: {
            /**
             * @description Whose requests and answers are kept. Default sealed: of none; items of `/v1/responses` alone, and so that only who has their ids can have them read. `none` keeps no such items either.
             * @enum {string}
             */
            content: "all" | "sampled" | "errors" | "sealed" | "none";
            /** @description Of `sampled`. */
            sample_percent: number;
            content_days: number;
            /** @description Null: for ever. */
            record_days: number | null;
            /** @description Compressed; the oldest goes first. Null: no bound. */
            most_content_bytes: number | null;
            /** @description True: a stream that its caller leaves is read to its end, for its true cost. AWS bills that end too. */
            drain_streams: boolean;
        };
        /**
         * @example {
         *       "content": "all",
         *       "content_days": 7
         *     }
         */
        LogSettingsUpdate: {
            /**
             * @description Whose requests and answers are kept. Default sealed: of none; items of `/v1/responses` alone, and so that only who has their ids can have them read. `none` keeps no such items either.
             * @enum {string}
             */
            content?: "all" | "sampled" | "errors" | "sealed" | "none";
            /** @description Of `sampled`. */
            sample_percent?: number;
            content_days?: number;
            /** @description Null: for ever. */
            record_days?: number | null;
            /** @description Compressed; the oldest goes first. Null: no bound. */
            most_content_bytes?: number | null;
            /** @description True: a stream that its caller leaves is read to its end, for its true cost. AWS bills that end too. */
            drain_streams?: boolean;
        };
        /**
         * @example {
         *       "id": "lv_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "log-view",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "name": "Throttled",
         *       "query": "status=429",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        LogView: {
            id: string;
            /** @constant */
            object: "log-view";
            workspace_id: string;
            name: string;
            query: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "lv_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "log-view",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "name": "Throttled",
         *           "query": "status=429",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "lv_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "lv_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        LogViewList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["LogView"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "name": "Throttled",
         *       "query": "status=429"
         *     }
         */
        LogViewSave: {
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            name: string;
            /** @description What stands behind `?` of GET /v1/logs, such as status=429. */
            query: string;
        };
        /**
         * @example {
         *       "request": {
         *         "url": "https://example.com/tool",
         *         "method": "POST",
         *         "body": {
         *           "query": "weather"
         *         }
         *       },
         *       "response": {
         *         "status": 200,
         *         "body": {
         *           "answer": "rain"
         *         },
         *         "response_time": 41
         *       },
         *       "metadata": {
         *         "trace_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *         "span_id": "tool-1",
         *         "span_name": "weather tool"
         *       }
         *     }
         */
        LogsCreate: ({
            request?: {
                url?: string;
                method?: string;
                provider?: string;
            } & {
                [key: string]: unknown;
            };
            response?: {
                status?: number;
                /** @description Milliseconds. */
                response_time?: number;
            } & {
                [key: string]: unknown;
            };
            metadata?: {
                trace_id?: string;
                traceId?: string;
                span_id?: string;
                spanId?: string;
                span_name?: string;
                spanName?: string;
                parent_span_id?: string;
                parentSpanId?: string;
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        })[] | {
            [key: string]: {
                request?: {
                    url?: string;
                    method?: string;
                    provider?: string;
                } & {
                    [key: string]: unknown;
                };
                response?: {
                    status?: number;
                    /** @description Milliseconds. */
                    response_time?: number;
                } & {
                    [key: string]: unknown;
                };
                metadata?: {
                    trace_id?: string;
                    traceId?: string;
                    span_id?: string;
                    spanId?: string;
                    span_name?: string;
                    spanName?: string;
                    parent_span_id?: string;
                    parentSpanId?: string;
                } & {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
        } | ({
            request?: {
                url?: string;
                method?: string;
                provider?: string;
            } & {
                [key: string]: unknown;
            };
            response?: {
                status?: number;
                /** @description Milliseconds. */
                response_time?: number;
            } & {
                [key: string]: unknown;
            };
            metadata?: {
                trace_id?: string;
                traceId?: string;
                span_id?: string;
                spanId?: string;
                span_name?: string;
                spanName?: string;
                parent_span_id?: string;
                parentSpanId?: string;
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        });
        /**
         * @example {
         *       "status": "success",
         *       "success": true,
         *       "ids": [
         *         "req_01890a5d-ac96-774b-bcce-b302099a8057"
         *       ]
         *     }
         */
        LogsCreated: {
            /** @constant */
            status: "success";
            /** @constant */
            success: true;
            ids: string[];
        };
        /**
         * @example {
         *       "success": true,
         *       "deleted": 12
         *     }
         */
        LogsDeleted: {
            /** @constant */
            success: true;
            deleted: number;
        };
        /**
         * @example {
         *       "id": "exp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "export",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "status": "draft",
         *       "filters": {},
         *       "requested_data": [
         *         "id"
         *       ],
         *       "description": null,
         *       "total_records": 1200,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        LogsExport: {
            id: string;
            /** @constant */
            object: "export";
            workspace_id: string;
            /** @enum {string} */
            status: "draft" | "success" | "stopped";
            filters: {
                [key: string]: unknown;
            };
            requested_data: string[];
            description: string | null;
            total_records: number | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "filters": {
         *         "time_of_generation_min": "2026-11-25T08:30:00.000Z"
         *       },
         *       "requested_data": [
         *         "id",
         *         "request",
         *         "response",
         *         "cost"
         *       ]
         *     }
         */
        LogsExportCreate: {
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            filters?: {
                /**
                 * Format: date-time
                 * @description ISO 8601, such as 2027-01-31T00:00:00Z.
                 */
                time_of_generation_min?: string;
                /**
                 * Format: date-time
                 * @description ISO 8601, such as 2027-01-31T00:00:00Z.
                 */
                time_of_generation_max?: string;
                total_units_min?: number | string;
                total_units_max?: number | string;
                /** @description Cents. */
                cost_min?: number | string;
                cost_max?: number | string;
                prompt_token_min?: number | string;
                prompt_token_max?: number | string;
                completion_token_min?: number | string;
                completion_token_max?: number | string;
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                status_code?: string | number | (number | string)[];
                metadata?: string | {
                    [key: string]: string;
                };
                ai_model?: string | string[];
                /** @description As `bedrock__MODEL`. */
                ai_org_model?: string | string[];
                virtual_keys?: string | string[];
                configs?: string | string[];
                api_key_ids?: string | string[];
                trace_id?: string;
                prompt_slug?: string | string[];
                workspace_slug?: string;
                /** @description The most calls that are exported; 50,000 at most. */
                page_size?: number | string;
                /** @description How many such pages are passed over. */
                current_page?: number | string;
            };
            /**
             * @default [
             *       "id",
             *       "trace_id",
             *       "created_at",
             *       "ai_model",
             *       "total_units",
             *       "cost"
             *     ]
             */
            requested_data: ("id" | "trace_id" | "created_at" | "request" | "response" | "is_success" | "ai_org" | "ai_model" | "req_units" | "res_units" | "total_units" | "request_url" | "cost" | "cost_currency" | "response_time" | "response_status_code" | "mode" | "config" | "prompt_slug" | "metadata")[];
            description?: string;
            export_id?: string;
        };
        /**
         * @example {
         *       "signed_url": "http://127.0.0.1:8787/v1/logs/exports/exp_01890a5d-ac96-774b-bcce-b302099a8057/file?token=..."
         *     }
         */
        LogsExportDownload: {
            signed_url: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "exp_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "export",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "status": "draft",
         *           "filters": {},
         *           "requested_data": [
         *             "id"
         *           ],
         *           "description": null,
         *           "total_records": 1200,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "exp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "exp_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        LogsExportList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["LogsExport"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "exp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "total": 1200,
         *       "object": "export",
         *       "success": true
         *     }
         */
        LogsExportMade: {
            id: string;
            total: number;
            /** @constant */
            object: "export";
            /** @constant */
            success: true;
        };
        /**
         * @example {
         *       "message": "Export started",
         *       "object": "export",
         *       "success": true
         *     }
         */
        LogsExportTold: {
            message: string;
            /** @constant */
            object: "export";
            /** @constant */
            success: true;
        };
        /**
         * @example {
         *       "description": "November"
         *     }
         */
        LogsExportUpdate: {
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            filters?: {
                /**
                 * Format: date-time
                 * @description ISO 8601, such as 2027-01-31T00:00:00Z.
                 */
                time_of_generation_min?: string;
                /**
                 * Format: date-time
                 * @description ISO 8601, such as 2027-01-31T00:00:00Z.
                 */
                time_of_generation_max?: string;
                total_units_min?: number | string;
                total_units_max?: number | string;
                /** @description Cents. */
                cost_min?: number | string;
                cost_max?: number | string;
                prompt_token_min?: number | string;
                prompt_token_max?: number | string;
                completion_token_min?: number | string;
                completion_token_max?: number | string;
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                status_code?: string | number | (number | string)[];
                metadata?: string | {
                    [key: string]: string;
                };
                ai_model?: string | string[];
                /** @description As `bedrock__MODEL`. */
                ai_org_model?: string | string[];
                virtual_keys?: string | string[];
                configs?: string | string[];
                api_key_ids?: string | string[];
                trace_id?: string;
                prompt_slug?: string | string[];
                workspace_slug?: string;
                /** @description The most calls that are exported; 50,000 at most. */
                page_size?: number | string;
                /** @description How many such pages are passed over. */
                current_page?: number | string;
            };
            requested_data?: ("id" | "trace_id" | "created_at" | "request" | "response" | "is_success" | "ai_org" | "ai_model" | "req_units" | "res_units" | "total_units" | "request_url" | "cost" | "cost_currency" | "response_time" | "response_status_code" | "mode" | "config" | "prompt_slug" | "metadata")[];
            description?: string;
            export_id?: string;
        };
        /** @example adit_calls_total{...} 12 */
        Metrics: string;
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "allow_all_models": false,
         *       "models": [
         *         {
         *           "slug": "amazon.nova-lite-v1:0",
         *           "enabled": true
         *         }
         *       ]
         *     }
         */
        ModelAccess: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            allow_all_models: boolean;
            models: {
                slug: string;
                enabled: boolean;
            }[];
        };
        /**
         * @example {
         *       "allow_all_models": false,
         *       "models": [
         *         {
         *           "slug": "amazon.nova-lite-v1:0",
         *           "enabled": true
         *         }
         *       ]
         *     }
         */
        ModelAccessUpdate: {
            allow_all_models?: boolean;
            /** @description Those that are enabled are allowed beside the ones before. */
            models?: {
                slug: string;
                enabled: boolean;
            }[];
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "amazon.nova-micro-v1:0",
         *           "object": "catalog-model",
         *           "provider": "amazon",
         *           "input": [
         *             "text"
         *           ],
         *           "output": "text",
         *           "context_tokens": 128000,
         *           "max_output_tokens": 10000,
         *           "capabilities": [
         *             "system",
         *             "tools"
         *           ],
         *           "lifecycle": "active",
         *           "profile_only": false,
         *           "inference_profiles": [
         *             "us.amazon.nova-micro-v1:0"
         *           ],
         *           "regions": [
         *             "us-east-1"
         *           ],
         *           "prices": [
         *             {
         *               "tier": "standard",
         *               "input": 35000000,
         *               "output": 140000000
         *             }
         *           ],
         *           "price_sources": [
         *             "portkey"
         *           ]
         *         }
         *       ],
         *       "price_version": "2026-08-21",
         *       "price_date": "2026-08-21",
         *       "sources": {
         *         "portkey": "Portkey-AI/models"
         *       }
         *     }
         */
        ModelCatalog: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                /** @constant */
                object: "catalog-model";
                provider: string;
                /** @description What it reads; null where the data does not say. */
                input: string[] | null;
                /** @enum {string} */
                output: "text" | "image" | "video" | "speech" | "embedding" | "rerank";
                context_tokens: number | null;
                max_output_tokens: number | null;
                capabilities: string[] | null;
                lifecycle: string;
                /** @description AWS refuses the bare id on demand: name one of inference_profiles. */
                profile_only: boolean;
                inference_profiles: string[];
                /** @description Those known to offer it, not all; null where none is known. */
                regions: string[] | null;
                /** @description Nano-dollars: per million tokens, or for one image, second or query. What a row lacks is unknown, never 0. */
                prices: {
                    /** @enum {string} */
                    tier: "standard" | "priority" | "flex" | "reserved" | "batch" | "latency-optimized";
                    /** @description Absent: those that no other row names. */
                    regions?: string[];
                    /** @description Geographies of inference profiles. Absent: a call without one, or by one that no other row names. */
                    profiles?: string[];
                    /** @description The row holds for a request with more input than this. */
                    above_input_tokens?: number;
                    input?: number;
                    output?: number;
                    cache_read?: number;
                    cache_write_5m?: number;
                    cache_write_1h?: number;
                    image?: number;
                    second?: number;
                    query?: number;
                }[] | null;
                /** @description Names of `sources`: with one alone, no second confirms the prices. */
                price_sources: string[];
            }[];
            price_version: string;
            /**
             * Format: date
             * @description The day that the prices are of.
             */
            price_date: string;
            sources: {
                [key: string]: string;
            };
        };
        /**
         * @example {
         *       "password": "...",
         *       "new_password": "..."
         *     }
         */
        PasswordChange: {
            password: string;
            new_password: string;
        };
        /**
         * @example {
         *       "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "user",
         *       "email": "ada@example.com",
         *       "name": "Ada",
         *       "role": "member",
         *       "status": "active",
         *       "has_password": true,
         *       "projects": {
         *         "prj_00000000-0000-7000-8000-000000000000": "member"
         *       },
         *       "last_sign_in_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Person: {
            id: string;
            /** @constant */
            object: "user";
            email: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
            /** @enum {string} */
            status: "active" | "disabled" | "locked";
            has_password: boolean;
            projects: {
                [key: string]: "admin" | "member" | "viewer";
            };
            last_sign_in_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "email": "ada@example.com",
         *       "name": "Ada",
         *       "projects": {
         *         "prj_00000000-0000-7000-8000-000000000000": "member"
         *       }
         *     }
         */
        PersonCreate: {
            email: string;
            name: string;
            /**
             * @description In the whole gateway: an admin is one in every project. Default member.
             * @enum {string}
             */
            role?: "admin" | "member" | "viewer";
            /** @description Without one they cannot sign in yet. */
            password?: string;
            /** @description Roles by the project's id. */
            projects?: {
                [key: string]: "admin" | "member" | "viewer";
            };
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "user",
         *           "email": "ada@example.com",
         *           "name": "Ada",
         *           "role": "member",
         *           "status": "active",
         *           "has_password": true,
         *           "projects": {
         *             "prj_00000000-0000-7000-8000-000000000000": "member"
         *           },
         *           "last_sign_in_at": null,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "psn_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PersonList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Person"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "role": "viewer"
         *     }
         */
        PersonUpdate: {
            name?: string;
            /** @enum {string} */
            role?: "admin" | "member" | "viewer";
            disabled?: boolean;
            password?: string;
        };
        Plan: unknown;
        /**
         * @example {
         *       "object": "prices",
         *       "version": "2026-08-21+ours-2027-01",
         *       "date": "2026-08-21",
         *       "shipped_version": "2026-08-21",
         *       "own": {
         *         "version": "ours-2027-01",
         *         "date": "2027-01-01",
         *         "sources": {
         *           "contract": "Our agreement with AWS"
         *         },
         *         "models": {
         *           "amazon.nova-lite-v1:0": {
         *             "rows": [
         *               {
         *                 "tier": "standard",
         *                 "input": 50000000,
         *                 "output": 200000000
         *               }
         *             ]
         *           }
         *         },
         *         "guardrails": [],
         *         "quirks": []
         *       },
         *       "models": 120,
         *       "odd": [],
         *       "unknown": []
         *     }
         */
        Prices: {
            /** @constant */
            object: "prices";
            /** @description Of the table that holds: the package's, and the operator's own behind a plus sign. */
            version: string;
            date: string;
            shipped_version: string;
            /** @description The operator's own prices, which go before the package's. */
            own: ({
                version: string;
                date: string;
                models: {
                    [key: string]: {
                        rows: ({
                            tier: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    } & {
                        [key: string]: unknown;
                    };
                };
            } & {
                [key: string]: unknown;
            }) | null;
            /** @description Models that have prices. */
            models: number;
            /** @description Models whose price is ten times what it was, or a tenth: to be looked at. */
            odd: string[];
            /** @description Models of one's own prices that Adit's data does not know: they hold for calls that name them exactly so. */
            unknown: string[];
        };
        /**
         * @example {
         *       "version": "ours-2027-01",
         *       "date": "2027-01-01",
         *       "sources": {
         *         "contract": "Our agreement with AWS"
         *       },
         *       "models": {
         *         "amazon.nova-lite-v1:0": {
         *           "rows": [
         *             {
         *               "tier": "standard",
         *               "input": 50000000,
         *               "output": 200000000
         *             }
         *           ]
         *         }
         *       },
         *       "guardrails": [],
         *       "quirks": []
         *     }
         */
        PricesUpdate: {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "id": "prj_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "workspace",
         *       "slug": "billing",
         *       "name": "Billing",
         *       "description": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Project: {
            id: string;
            /** @constant */
            object: "workspace";
            slug: string;
            name: string;
            description: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "name": "Billing",
         *       "slug": "billing"
         *     }
         */
        ProjectCreate: {
            name: string;
            /** @description Made from the name where it is absent. */
            slug?: string;
            description?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "prj_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "workspace",
         *           "slug": "billing",
         *           "name": "Billing",
         *           "description": null,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "prj_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "prj_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ProjectList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Project"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "workspace-user",
         *       "email": "ada@example.com",
         *       "name": "Ada",
         *       "role": "member"
         *     }
         */
        ProjectMember: {
            id: string;
            /** @constant */
            object: "workspace-user";
            email: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "workspace-user",
         *           "email": "ada@example.com",
         *           "name": "Ada",
         *           "role": "member"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "psn_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ProjectMemberList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["ProjectMember"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "role": "admin"
         *     }
         */
        ProjectMemberUpdate: {
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        /**
         * @example {
         *       "description": "Invoices and reminders"
         *     }
         */
        ProjectUpdate: {
            name?: string;
            description?: string | null;
        };
        /**
         * @example {
         *       "id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-welcome-1f2e3d",
         *       "object": "prompt",
         *       "name": "Welcome",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "collection_id": null,
         *       "model": "us.amazon.nova-lite-v1:0",
         *       "status": "active",
         *       "published_version": 1,
         *       "latest_version": 1,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "string": "[{\"role\":\"user\",\"content\":\"Greet {{name}}.\"}]",
         *       "parameters": {
         *         "max_tokens": 200
         *       },
         *       "virtual_key": null,
         *       "functions": null,
         *       "tools": null,
         *       "tool_choice": null,
         *       "template_metadata": null,
         *       "is_raw_template": 0,
         *       "prompt_version": 1,
         *       "prompt_version_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "prompt_version_status": "active",
         *       "prompt_version_description": null,
         *       "prompt_version_label_id": null,
         *       "prompt_version_labels": [],
         *       "prompt_version_created_by": null,
         *       "prompt_version_created_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Prompt: {
            id: string;
            /** @constant */
            object: "prompt";
            name: string;
            slug: string;
            workspace_id: string;
            collection_id: string | null;
            model: string | null;
            /** @constant */
            status: "active";
            published_version: number;
            latest_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            string: string;
            parameters: {
                [key: string]: unknown;
            };
            virtual_key: string | null;
            functions: {
                [key: string]: unknown;
            }[] | null;
            tools: {
                [key: string]: unknown;
            }[] | null;
            tool_choice: (string | {
                [key: string]: unknown;
            }) | null;
            template_metadata: {
                [key: string]: unknown;
            } | null;
            is_raw_template: 0 | 1;
            prompt_version: number;
            prompt_version_id: string;
            /**
             * @description active: published.
             * @enum {string}
             */
            prompt_version_status: "active" | "archived";
            prompt_version_description: string | null;
            /** @description The first of its labels. */
            prompt_version_label_id: string | null;
            prompt_version_labels: {
                id: string;
                name: string;
            }[];
            prompt_version_created_by: string | null;
            /** Format: date-time */
            prompt_version_created_at: string;
        };
        /**
         * @example {
         *       "id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-welcome-1f2e3d",
         *       "object": "prompt",
         *       "prompt_version_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "prompt_version": 2
         *     }
         */
        PromptChanged: {
            id: string;
            slug: string;
            /** @description Of the newest version. */
            prompt_version_id: string;
            prompt_version: number;
            /** @constant */
            object: "prompt";
        };
        /**
         * @example {
         *       "id": "col_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "collection",
         *       "name": "Support",
         *       "slug": "support-1f2e3d",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "parent_collection_id": null,
         *       "status": "active",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        PromptCollection: {
            id: string;
            /** @constant */
            object: "collection";
            name: string;
            slug: string;
            workspace_id: string;
            parent_collection_id: string | null;
            /** @constant */
            status: "active";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "name": "Support"
         *     }
         */
        PromptCollectionCreate: {
            name: string;
            /** @description Id or slug of the collection that it lies in. */
            parent_collection_id?: string | null;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "col_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "collection",
         *           "name": "Support",
         *           "slug": "support-1f2e3d",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "parent_collection_id": null,
         *           "status": "active",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "col_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "col_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PromptCollectionList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["PromptCollection"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "name": "Support and sales"
         *     }
         */
        PromptCollectionUpdate: {
            name?: string;
        };
        /**
         * @example {
         *       "name": "Welcome",
         *       "string": "[{\"role\":\"user\",\"content\":\"Greet {{name}}.\"}]",
         *       "parameters": {
         *         "max_tokens": 200
         *       },
         *       "model": "us.amazon.nova-lite-v1:0",
         *       "virtual_key": "bedrock-production"
         *     }
         */
        PromptCreate: {
            name: string;
            /** @description Made from the name where it is absent. */
            slug?: string;
            /** @description Id or slug of the collection. */
            collection_id?: string | null;
            /** @description The template: docs/prompts.md. JSON text of messages, the messages themselves, or the text of one message. */
            string: string | {
                [key: string]: unknown;
            }[];
            /** @description Parameters of chat completions. */
            parameters?: {
                [key: string]: unknown;
            } | null;
            /** @description `ID`, `@slug/ID` ...: docs/models.md. */
            model?: string | null;
            /** @description Slug of the virtual key that it is called by. */
            virtual_key?: string | null;
            functions?: {
                [key: string]: unknown;
            }[] | null;
            tools?: {
                [key: string]: unknown;
            }[] | null;
            tool_choice?: (string | {
                [key: string]: unknown;
            }) | null;
            /** @description Notes of your own. */
            template_metadata?: {
                [key: string]: unknown;
            } | null;
            /** @description 1: the template is JSON only once it is filled. */
            is_raw_template?: boolean | 0 | 1;
            /** @description What is new in this version. */
            version_description?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "success": true,
         *       "id": "pp_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PromptDone: {
            /** @constant */
            success: true;
            id: string;
        };
        PromptEntry: {
            id: string;
            /** @constant */
            object: "prompt";
            name: string;
            slug: string;
            workspace_id: string;
            collection_id: string | null;
            model: string | null;
            /** @constant */
            status: "active";
            published_version: number;
            latest_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "id": "lbl_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "label",
         *       "name": "canary",
         *       "description": "For a tenth of the calls",
         *       "color_code": "#FFAA00",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "is_universal": false,
         *       "status": "active",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        PromptLabel: {
            id: string;
            /** @constant */
            object: "label";
            name: string;
            description: string | null;
            color_code: string | null;
            workspace_id: string | null;
            /** @description True: of every project, and not to be changed. */
            is_universal: boolean;
            /** @constant */
            status: "active";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "name": "canary",
         *       "description": "For a tenth of the calls",
         *       "color_code": "#FFAA00"
         *     }
         */
        PromptLabelCreate: {
            name: string;
            description?: string;
            color_code?: string;
            /** @description Of no effect: a label is of a project. */
            organisation_id?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "lbl_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "label",
         *           "name": "canary",
         *           "description": "For a tenth of the calls",
         *           "color_code": "#FFAA00",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "is_universal": false,
         *           "status": "active",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "lbl_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "lbl_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PromptLabelList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["PromptLabel"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "description": "For a fifth of the calls"
         *     }
         */
        PromptLabelUpdate: {
            name?: string;
            description?: string;
            color_code?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "slug": "pp-welcome-1f2e3d",
         *           "object": "prompt",
         *           "name": "Welcome",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "collection_id": null,
         *           "model": "us.amazon.nova-lite-v1:0",
         *           "status": "active",
         *           "published_version": 1,
         *           "latest_version": 1,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "pp_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PromptList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["PromptEntry"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-welcome-1f2e3d",
         *       "object": "prompt",
         *       "version_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        PromptMade: {
            id: string;
            slug: string;
            version_id: string;
            /** @constant */
            object: "prompt";
        };
        /**
         * @example {
         *       "id": "prt_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-tone-1f2e3d",
         *       "object": "prompt_partial",
         *       "name": "Tone",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "status": "active",
         *       "published_version": 1,
         *       "latest_version": 1,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "string": "Be {{mood}}.",
         *       "version": 1,
         *       "prompt_partial_version_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "version_status": "active",
         *       "version_description": null,
         *       "version_created_by": null,
         *       "version_created_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        PromptPartial: {
            id: string;
            slug: string;
            /** @constant */
            object: "prompt_partial";
            name: string;
            workspace_id: string;
            /** @constant */
            status: "active";
            published_version: number;
            latest_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            string: string;
            version: number;
            prompt_partial_version_id: string;
            /**
             * @description active: published.
             * @enum {string}
             */
            version_status: "active" | "archived";
            version_description: string | null;
            version_created_by: string | null;
            /** Format: date-time */
            version_created_at: string;
        };
        /**
         * @example {
         *       "id": "prt_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-tone-1f2e3d",
         *       "object": "prompt_partial",
         *       "prompt_partial_version_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "version": 2
         *     }
         */
        PromptPartialChanged: {
            id: string;
            slug: string;
            /** @constant */
            object: "prompt_partial";
            /** @description Of the newest version. */
            prompt_partial_version_id: string;
            version: number;
        };
        /**
         * @example {
         *       "name": "Tone",
         *       "string": "Be {{mood}}."
         *     }
         */
        PromptPartialCreate: {
            name: string;
            /** @description Made from the name where it is absent. */
            slug?: string;
            /** @description The piece of a template: docs/prompts.md. */
            string: string;
            version_description?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        PromptPartialEntry: {
            id: string;
            slug: string;
            /** @constant */
            object: "prompt_partial";
            name: string;
            workspace_id: string;
            /** @constant */
            status: "active";
            published_version: number;
            latest_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "prt_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "slug": "pp-tone-1f2e3d",
         *           "object": "prompt_partial",
         *           "name": "Tone",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "status": "active",
         *           "published_version": 1,
         *           "latest_version": 1,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "prt_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "prt_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        PromptPartialList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["PromptPartialEntry"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "prt_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "slug": "pp-tone-1f2e3d",
         *       "object": "prompt_partial",
         *       "version_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        PromptPartialMade: {
            id: string;
            slug: string;
            /** @constant */
            object: "prompt_partial";
            version_id: string;
        };
        /**
         * @example {
         *       "string": "Be {{mood}} and brief."
         *     }
         */
        PromptPartialUpdate: {
            name?: string;
            string?: string;
            /** @description What is new in this version. */
            description?: string;
            /** @description The same. */
            version_description?: string;
            /** @constant */
            status?: "active";
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "object": "prompt_partial_version",
         *           "string": "Be {{mood}}.",
         *           "version": 1,
         *           "prompt_partial_version_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "version_status": "active",
         *           "version_description": null,
         *           "version_created_by": null,
         *           "version_created_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "last_id": "prtv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        PromptPartialVersions: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                /** @constant */
                object: "prompt_partial_version";
                string: string;
                version: number;
                prompt_partial_version_id: string;
                /**
                 * @description active: published.
                 * @enum {string}
                 */
                version_status: "active" | "archived";
                version_description: string | null;
                version_created_by: string | null;
                /** Format: date-time */
                version_created_at: string;
            }[];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "variables": {
         *         "name": "Ada"
         *       },
         *       "temperature": 0.2
         *     }
         */
        PromptRender: {
            variables?: {
                [key: string]: unknown;
            } | null;
            /** @description As in the path: Portkey's SDK sends it twice. */
            promptID?: string;
            /** @description The same. */
            prompt_id?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "string": "[{\"role\":\"user\",\"content\":\"Greet {{name}}.\"}]",
         *       "version_description": "Shorter"
         *     }
         */
        PromptUpdate: {
            name?: string;
            /** @description Id or slug of the collection. */
            collection_id?: string | null;
            /** @description The template: docs/prompts.md. JSON text of messages, the messages themselves, or the text of one message. */
            string?: string | {
                [key: string]: unknown;
            }[];
            /** @description Parameters of chat completions. */
            parameters?: {
                [key: string]: unknown;
            } | null;
            /** @description `ID`, `@slug/ID` ...: docs/models.md. */
            model?: string | null;
            /** @description Slug of the virtual key that it is called by. */
            virtual_key?: string | null;
            functions?: {
                [key: string]: unknown;
            }[] | null;
            tools?: {
                [key: string]: unknown;
            }[] | null;
            tool_choice?: (string | {
                [key: string]: unknown;
            }) | null;
            /** @description Notes of your own. */
            template_metadata?: {
                [key: string]: unknown;
            } | null;
            /** @description 1: the template is JSON only once it is filled. */
            is_raw_template?: boolean | 0 | 1;
            /** @description What is new in this version. */
            version_description?: string;
            /** @description Of no effect: what the body does not name stays as it is. */
            patch?: boolean;
        };
        /**
         * @example {
         *       "version": 2
         *     }
         */
        PromptVersionChoice: {
            version: number;
        };
        /**
         * @example {
         *       "label_id": "lbl_00000000-0000-7000-8000-000000000002"
         *     }
         */
        PromptVersionUpdate: {
            /** @description Id or name of the label that is to point here; null: none does. */
            label_id: string | null;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "object": "prompt_version",
         *           "prompt_id": "pp_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "string": "[{\"role\":\"user\",\"content\":\"Greet {{name}}.\"}]",
         *           "parameters": {
         *             "max_tokens": 200
         *           },
         *           "virtual_key": null,
         *           "model": "us.amazon.nova-lite-v1:0",
         *           "functions": null,
         *           "tools": null,
         *           "tool_choice": null,
         *           "template_metadata": null,
         *           "is_raw_template": 0,
         *           "prompt_version": 1,
         *           "prompt_version_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058",
         *           "prompt_version_status": "active",
         *           "prompt_version_description": null,
         *           "prompt_version_label_id": null,
         *           "prompt_version_labels": [],
         *           "prompt_version_created_by": null,
         *           "prompt_version_created_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058",
         *       "last_id": "ppv_01890a5d-ac96-774b-bcce-b302099a8058"
         *     }
         */
        PromptVersions: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: {
                id: string;
                /** @constant */
                object: "prompt_version";
                prompt_id: string;
                string: string;
                parameters: {
                    [key: string]: unknown;
                };
                virtual_key: string | null;
                model: string | null;
                functions: {
                    [key: string]: unknown;
                }[] | null;
                tools: {
                    [key: string]: unknown;
                }[] | null;
                tool_choice: (string | {
                    [key: string]: unknown;
                }) | null;
                template_metadata: {
                    [key: string]: unknown;
                } | null;
                is_raw_template: 0 | 1;
                prompt_version: number;
                prompt_version_id: string;
                /**
                 * @description active: published.
                 * @enum {string}
                 */
                prompt_version_status: "active" | "archived";
                prompt_version_description: string | null;
                /** @description The first of its labels. */
                prompt_version_label_id: string | null;
                prompt_version_labels: {
                    id: string;
                    name: string;
                }[];
                prompt_version_created_by: string | null;
                /** Format: date-time */
                prompt_version_created_at: string;
            }[];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "provider",
         *       "slug": "bedrock-billing",
         *       "name": "Bedrock for billing",
         *       "note": null,
         *       "ai_provider_id": "bedrock",
         *       "integration_id": "bedrock-main",
         *       "status": "active",
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "expires_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z"
         *     }
         */
        Provider: {
            id: string;
            /** @constant */
            object: "provider";
            slug: string;
            name: string;
            note: string | null;
            ai_provider_id: string;
            integration_id: string;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            workspace_id: string;
            expires_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
        };
        /**
         * @example {
         *       "name": "Bedrock for billing",
         *       "integration_id": "bedrock-main",
         *       "slug": "bedrock-billing"
         *     }
         */
        ProviderCreate: {
            name: string;
            /** @description Slug or id of the integration: the credential and bounds are what that has, now and later. */
            integration_id: string;
            slug?: string;
            note?: string;
            /**
             * Format: date-time
             * @description ISO 8601, such as 2027-01-31T00:00:00Z.
             */
            expires_at?: string;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "provider",
         *           "slug": "bedrock-billing",
         *           "name": "Bedrock for billing",
         *           "note": null,
         *           "ai_provider_id": "bedrock",
         *           "integration_id": "bedrock-main",
         *           "status": "active",
         *           "usage_limits": null,
         *           "rate_limits": [],
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "expires_at": null,
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ProviderList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["Provider"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "provider",
         *       "slug": "bedrock-billing",
         *       "name": "Bedrock for billing",
         *       "note": null,
         *       "ai_provider_id": "bedrock",
         *       "integration_id": "bedrock-main",
         *       "status": "active",
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "expires_at": null,
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "success": true,
         *       "warnings": []
         *     }
         */
        ProviderSaved: {
            id: string;
            /** @constant */
            object: "provider";
            slug: string;
            name: string;
            note: string | null;
            ai_provider_id: string;
            integration_id: string;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            workspace_id: string;
            expires_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @constant */
            success: true;
            /** @description What its owner should know. */
            warnings: string[];
        };
        /**
         * @example {
         *       "note": "Until the end of the year"
         *     }
         */
        ProviderUpdate: {
            name?: string;
            note?: string | null;
            expires_at?: string | null;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
            /** @description True: the count of `usage_limits` begins anew. */
            reset_usage?: boolean | 0 | 1;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "id": "rl_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "rate-limit",
         *       "name": "Everybody",
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "scope": "project",
         *       "scope_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "scope_value": null,
         *       "unit": "requests",
         *       "amount": "600",
         *       "period": "minute"
         *     }
         */
        RateLimit: {
            id: string;
            name: string;
            workspace_id: string;
            /** @enum {string} */
            scope: "gateway_key" | "virtual_key" | "project" | "metadata";
            scope_id: string;
            scope_value: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            /** @constant */
            object: "rate-limit";
            /** @enum {string} */
            unit: "requests" | "tokens";
            amount: string;
            /** @enum {string} */
            period: "second" | "minute" | "hour" | "day" | "week";
        };
        /**
         * @example {
         *       "name": "Everybody",
         *       "scope": "project",
         *       "unit": "requests",
         *       "amount": 600,
         *       "period": "minute"
         *     }
         */
        RateLimitCreate: {
            name: string;
            /**
             * @description Whom it concerns.
             * @enum {string}
             */
            scope: "gateway_key" | "virtual_key" | "project" | "metadata";
            /** @description Id of the gateway key; id or slug of the virtual key; name of the metadata field. Absent for the project itself. */
            scope_id?: string;
            /** @description For `metadata`: the field's value. Absent: each value has a count of its own. */
            scope_value?: string;
            /** @enum {string} */
            unit: "requests" | "tokens";
            /** @description Requests or tokens. */
            amount: number | string;
            /** @enum {string} */
            period: "second" | "minute" | "hour" | "day" | "week";
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "rl_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "rate-limit",
         *           "name": "Everybody",
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z",
         *           "scope": "project",
         *           "scope_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "scope_value": null,
         *           "unit": "requests",
         *           "amount": "600",
         *           "period": "minute"
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "rl_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "rl_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        RateLimitList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["RateLimit"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "amount": 1200
         *     }
         */
        RateLimitUpdate: {
            name?: string;
            /** @description Requests or tokens. */
            amount?: number | string;
        };
        /**
         * @example {
         *       "success": true,
         *       "data": {
         *         "model": "us.amazon.nova-lite-v1:0",
         *         "max_tokens": 200,
         *         "messages": [
         *           {
         *             "role": "user",
         *             "content": "Greet Ada."
         *           }
         *         ]
         *       }
         *     }
         */
        RenderedPrompt: {
            /** @constant */
            success: true;
            data: {
                messages?: {
                    [key: string]: unknown;
                }[];
            } & {
                [key: string]: unknown;
            };
        };
        /**
         * @example {
         *       "id": "resp_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
         *       "object": "response",
         *       "deleted": true
         *     }
         */
        ResponseDeleted: {
            id: string;
            /** @constant */
            object: "response";
            /** @constant */
            deleted: true;
        };
        /**
         * @example {
         *       "object": "session",
         *       "kind": "person",
         *       "person": {
         *         "id": "psn_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "email": "ada@example.com",
         *         "name": "Ada",
         *         "role": "admin"
         *       },
         *       "expires_at": "2026-11-25T08:30:00.000Z",
         *       "csrf_token": "..."
         *     }
         */
        Session: {
            /** @constant */
            object: "session";
            /** @enum {string} */
            kind: "admin_key" | "gateway_key" | "person";
            person?: {
                id: string;
                email: string;
                name: string;
                /** @enum {string} */
                role: "admin" | "member" | "viewer";
                /** @description Roles by the projects' ids. */
                projects?: {
                    [key: string]: "admin" | "member" | "viewer";
                };
            };
            key?: {
                id: string;
                name: string;
                project_id: string;
                scopes: string[];
            };
            /** Format: date-time */
            expires_at?: string;
            /** @description Goes into x-adit-csrf-token with each change. */
            csrf_token?: string;
        };
        /**
         * @example {
         *       "email": "ada@example.com",
         *       "password": "..."
         *     }
         */
        SignIn: {
            email: string;
            password: string;
        };
        /**
         * @description OpenAI's response, as it was answered.
         * @example {
         *       "id": "resp_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
         *       "object": "response",
         *       "created_at": 1795595400,
         *       "status": "completed",
         *       "model": "us.amazon.nova-lite-v1:0",
         *       "output": [
         *         {
         *           "id": "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_0",
         *           "type": "message",
         *           "status": "completed",
         *           "role": "assistant",
         *           "content": [
         *             {
         *               "type": "output_text",
         *               "text": "Good morning!",
         *               "annotations": []
         *             }
         *           ]
         *         }
         *       ],
         *       "previous_response_id": null,
         *       "store": true
         *     }
         */
        StoredResponse: {
            id: string;
            /** @constant */
            object: "response";
            created_at: number;
            status: string;
            model: string;
            output: ({
                type: string;
            } & {
                [key: string]: unknown;
            })[];
            previous_response_id: string | null;
            /** @constant */
            store: true;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "object": "trace",
         *       "id": "4bf92f3577b34da6a3ce929d0e0e4736",
         *       "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
         *       "started_at": "2026-11-25T08:30:00.000Z",
         *       "duration_ms": 812,
         *       "call_count": 1,
         *       "is_partial": false,
         *       "spans": [
         *         {
         *           "span_id": "9f86d081884c7d65",
         *           "parent_span_id": "00f067aa0ba902b7",
         *           "depth": 0,
         *           "name": "POST /v1/chat/completions",
         *           "kind": "server",
         *           "started_at": "2026-11-25T08:30:00.000Z",
         *           "duration_ms": 812,
         *           "is_error": false,
         *           "attributes": {
         *             "http.request.method": "POST",
         *             "http.response.status_code": 200
         *           },
         *           "events": [],
         *           "log_id": "req_01890a5d-ac96-774b-bcce-b302099a8057"
         *         }
         *       ]
         *     }
         */
        Trace: {
            /** @constant */
            object: "trace";
            /** @description As the caller named it. */
            id: string;
            /** @description 32 hexadecimal digits, as collectors know it. */
            trace_id: string;
            /** Format: date-time */
            started_at: string;
            duration_ms: number;
            call_count: number;
            /** @description True where there are older calls that are not shown. */
            is_partial: boolean;
            /** @description In the order of the tree: each behind its parent. */
            spans: {
                /** @description 16 hexadecimal digits. */
                span_id: string;
                /** @description May be of a span that passed by the gateway: the caller's own. */
                parent_span_id: string | null;
                /** @description 0: its parent is not among the spans, or it has none. */
                depth: number;
                name: string;
                /** @enum {string} */
                kind: "server" | "client" | "internal";
                /** Format: date-time */
                started_at: string;
                duration_ms: number;
                is_error: boolean;
                /** @description OpenTelemetry's names, and Adit's own under `adit.`. */
                attributes: {
                    [key: string]: string | number | boolean | string[];
                };
                events: {
                    name: string;
                    /** Format: date-time */
                    at: string;
                }[];
                /** @description The call that it is a part of. */
                log_id: string;
            }[];
        };
        /**
         * @example {
         *       "object": "vault",
         *       "keys_from": "file",
         *       "master_keys": [
         *         {
         *           "id": "mk_4f1c",
         *           "state": "current",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "sealed_records": 12
         *         }
         *       ]
         *     }
         */
        Vault: {
            /** @constant */
            object: "vault";
            /**
             * @description Where this gateway's master key is: ADIT_MASTER_KEY, or the data folder.
             * @enum {string}
             */
            keys_from: "environment" | "file";
            /** @description Two of them while a rotation is not done. */
            master_keys: {
                id: string;
                /** @enum {string} */
                state: "current" | "retiring";
                /** Format: date-time */
                created_at: string;
                /** @description Secrets whose data keys it has wrapped. */
                sealed_records: number;
            }[];
        };
        /**
         * @example {
         *       "object": "vault.rotation",
         *       "from": "mk_4f1c",
         *       "to": "mk_9b02",
         *       "rewrapped": 12
         *     }
         */
        VaultRotated: {
            /** @constant */
            object: "vault.rotation";
            from: string;
            to: string;
            /** @description Data keys that were wrapped anew in this run. */
            rewrapped: number;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "virtual-key",
         *       "slug": "bedrock-production",
         *       "name": "Bedrock production",
         *       "note": null,
         *       "ai_provider_name": "bedrock",
         *       "status": "active",
         *       "kind": "assumed_role",
         *       "integration": null,
         *       "region": "us-east-1",
         *       "allowed_models": [
         *         "anthropic.claude-*",
         *         "amazon.nova-*"
         *       ],
         *       "allowed_regions": null,
         *       "endpoint": null,
         *       "attribution": {
         *         "request_metadata": {
         *           "team": "metadata.team",
         *           "adit-key": "key"
         *         },
         *         "session_tags": {
         *           "project": "project"
         *         },
         *         "session_name": "key"
         *       },
         *       "credential": {
         *         "kind": "assumed_role",
         *         "role_arn": "arn:aws:iam::123456789012:role/Adit",
         *         "external_id": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11",
         *         "source": "server"
         *       },
         *       "model_config": {
         *         "awsAuthType": "assumedRole",
         *         "awsRegion": "us-east-1",
         *         "awsRoleArn": "arn:aws:iam::123456789012:role/Adit",
         *         "awsExternalId": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11"
         *       },
         *       "masked_api_key": null,
         *       "last_test": {
         *         "tested_at": "2026-11-25T08:30:00.000Z",
         *         "ok": true,
         *         "region": "us-east-1",
         *         "stages": [
         *           {
         *             "stage": "shape",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "identity",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "models",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "profiles",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "call",
         *             "status": "skipped"
         *           }
         *         ]
         *       },
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "expires_at": null
         *     }
         */
        VirtualKey: {
            id: string;
            /** @constant */
            object: "virtual-key";
            slug: string;
            name: string;
            note: string | null;
            ai_provider_name: string;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            /** @enum {string} */
            kind: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
            /** @description Slug of the virtual key that it follows, whose credential and bounds are its own. */
            integration: string | null;
            region: string | null;
            allowed_models: string[] | null;
            allowed_regions: string[] | null;
            endpoint: string | null;
            attribution: {
                request_metadata: {
                    [key: string]: string;
                };
                session_tags: {
                    [key: string]: string;
                };
                session_name: string | null;
            } | null;
            credential: {
                /** @enum {string} */
                kind: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
                access_key_hint?: string;
                is_temporary?: boolean;
                role_arn?: string;
                /** @description Stands in the role's trust policy. */
                external_id?: string;
                session_name?: string;
                tags?: {
                    [key: string]: string;
                };
                duration_seconds?: number;
                /** @enum {string} */
                source?: "server" | "own_keys" | "virtual_key";
                /** @enum {string} */
                term?: "long-term" | "short-term" | "unknown";
                /** Format: date-time */
                expires_at?: string;
                base_url?: string;
            };
            /** @description Portkey's names of what of the credential is no secret. */
            model_config: {
                [key: string]: string;
            };
            masked_api_key: string | null;
            /** @description How the last test went; null where there was none since what it went by was changed: all but name and note. */
            last_test: {
                /** Format: date-time */
                tested_at: string;
                /** @description False: a stage failed. True says no more than what stages were tried. */
                ok: boolean;
                region: string | null;
                stages: {
                    /** @enum {string} */
                    stage: "shape" | "identity" | "models" | "profiles" | "call";
                    /** @enum {string} */
                    status: "ok" | "failed" | "skipped";
                    /** @description Of docs/errors.md, where it failed. */
                    code?: string;
                }[];
            } | null;
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            workspace_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            expires_at: string | null;
        };
        /**
         * @example {
         *       "name": "Bedrock production",
         *       "slug": "bedrock-production",
         *       "provider": "bedrock",
         *       "awsAuthType": "assumedRole",
         *       "awsRoleArn": "arn:aws:iam::123456789012:role/Adit",
         *       "awsRegion": "us-east-1",
         *       "allowed_models": [
         *         "anthropic.claude-*",
         *         "amazon.nova-*"
         *       ]
         *     }
         */
        VirtualKeyCreate: {
            name: string;
            /** @description Made from the name where it is absent. */
            slug?: string;
            /** @description `bedrock` by default; `openai` for a host that speaks OpenAI's API. */
            provider?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            note?: string | null;
            /**
             * @description Found from the credential where it is absent.
             * @enum {string}
             */
            kind?: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
            /** @description The parts of the credential by any of their names in docs/credentials.md. */
            credential?: {
                [key: string]: unknown;
            };
            region?: string | null;
            /** @description Ids or ARNs in which * stands for any text; null: every model. */
            allowed_models?: string[] | null;
            allowed_regions?: string[] | null;
            /** @description In place of AWS's host; its origin is in ADIT_CUSTOM_HOSTS. A secret that is kept does not follow it to another: give the credential again. */
            endpoint?: string | null;
            /** @description What calls tell AWS of whom they are for. */
            attribution?: {
                /** @description Names of Bedrock's requestMetadata, which callers cannot set. */
                request_metadata?: {
                    [key: string]: string;
                };
                /** @description Session tags of the role that is assumed. */
                session_tags?: {
                    [key: string]: string;
                };
                /** @description The session's name; for a role. */
                session_name?: string | null;
            } | null;
            expires_at?: string | null;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
            /** @description Portkey's name of a Bedrock API key, or of the key of an OpenAI-compatible host. */
            key?: string;
            /** @enum {string} */
            awsAuthType?: "accessKey" | "assumedRole" | "serviceRole" | "apiKey";
            awsAccessKeyId?: string;
            awsSecretAccessKey?: string;
            awsSessionToken?: string;
            awsRegion?: string;
            awsRoleArn?: string;
            awsExternalId?: string;
            /** @description The endpoint, or the base URL of an OpenAI-compatible host. */
            custom_host?: string;
            /** @description The same, as Portkey's documents spell it. */
            customHost?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "data": [
         *         {
         *           "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *           "object": "virtual-key",
         *           "slug": "bedrock-production",
         *           "name": "Bedrock production",
         *           "note": null,
         *           "ai_provider_name": "bedrock",
         *           "status": "active",
         *           "kind": "assumed_role",
         *           "integration": null,
         *           "region": "us-east-1",
         *           "allowed_models": [
         *             "anthropic.claude-*",
         *             "amazon.nova-*"
         *           ],
         *           "allowed_regions": null,
         *           "endpoint": null,
         *           "attribution": {
         *             "request_metadata": {
         *               "team": "metadata.team",
         *               "adit-key": "key"
         *             },
         *             "session_tags": {
         *               "project": "project"
         *             },
         *             "session_name": "key"
         *           },
         *           "credential": {
         *             "kind": "assumed_role",
         *             "role_arn": "arn:aws:iam::123456789012:role/Adit",
         *             "external_id": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11",
         *             "source": "server"
         *           },
         *           "model_config": {
         *             "awsAuthType": "assumedRole",
         *             "awsRegion": "us-east-1",
         *             "awsRoleArn": "arn:aws:iam::123456789012:role/Adit",
         *             "awsExternalId": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11"
         *           },
         *           "masked_api_key": null,
         *           "last_test": {
         *             "tested_at": "2026-11-25T08:30:00.000Z",
         *             "ok": true,
         *             "region": "us-east-1",
         *             "stages": [
         *               {
         *                 "stage": "shape",
         *                 "status": "ok"
         *               },
         *               {
         *                 "stage": "identity",
         *                 "status": "ok"
         *               },
         *               {
         *                 "stage": "models",
         *                 "status": "ok"
         *               },
         *               {
         *                 "stage": "profiles",
         *                 "status": "ok"
         *               },
         *               {
         *                 "stage": "call",
         *                 "status": "skipped"
         *               }
         *             ]
         *           },
         *           "usage_limits": null,
         *           "rate_limits": [],
         *           "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *           "created_at": "2026-11-25T08:30:00.000Z",
         *           "last_updated_at": "2026-11-25T08:30:00.000Z",
         *           "expires_at": null
         *         }
         *       ],
         *       "has_more": false,
         *       "first_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "last_id": "vk_01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        VirtualKeyList: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            data: components["schemas"]["VirtualKey"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        /**
         * @example {
         *       "permission_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
         *       "trust_policy": null
         *     }
         */
        VirtualKeyPolicies: {
            /** @description The least that Adit needs, as JSON to paste into IAM. */
            permission_policy: string;
            /** @description Of the role that is assumed; null for other kinds. */
            trust_policy: string | null;
        };
        /**
         * @example {
         *       "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *       "object": "virtual-key",
         *       "slug": "bedrock-production",
         *       "name": "Bedrock production",
         *       "note": null,
         *       "ai_provider_name": "bedrock",
         *       "status": "active",
         *       "kind": "assumed_role",
         *       "integration": null,
         *       "region": "us-east-1",
         *       "allowed_models": [
         *         "anthropic.claude-*",
         *         "amazon.nova-*"
         *       ],
         *       "allowed_regions": null,
         *       "endpoint": null,
         *       "attribution": {
         *         "request_metadata": {
         *           "team": "metadata.team",
         *           "adit-key": "key"
         *         },
         *         "session_tags": {
         *           "project": "project"
         *         },
         *         "session_name": "key"
         *       },
         *       "credential": {
         *         "kind": "assumed_role",
         *         "role_arn": "arn:aws:iam::123456789012:role/Adit",
         *         "external_id": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11",
         *         "source": "server"
         *       },
         *       "model_config": {
         *         "awsAuthType": "assumedRole",
         *         "awsRegion": "us-east-1",
         *         "awsRoleArn": "arn:aws:iam::123456789012:role/Adit",
         *         "awsExternalId": "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11"
         *       },
         *       "masked_api_key": null,
         *       "last_test": {
         *         "tested_at": "2026-11-25T08:30:00.000Z",
         *         "ok": true,
         *         "region": "us-east-1",
         *         "stages": [
         *           {
         *             "stage": "shape",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "identity",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "models",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "profiles",
         *             "status": "ok"
         *           },
         *           {
         *             "stage": "call",
         *             "status": "skipped"
         *           }
         *         ]
         *       },
         *       "usage_limits": null,
         *       "rate_limits": [],
         *       "workspace_id": "prj_00000000-0000-7000-8000-000000000000",
         *       "created_at": "2026-11-25T08:30:00.000Z",
         *       "last_updated_at": "2026-11-25T08:30:00.000Z",
         *       "expires_at": null,
         *       "success": true,
         *       "data": {
         *         "id": "vk_01890a5d-ac96-774b-bcce-b302099a8057",
         *         "slug": "bedrock-production"
         *       },
         *       "warnings": []
         *     }
         */
        VirtualKeySaved: {
            id: string;
            /** @constant */
            object: "virtual-key";
            slug: string;
            name: string;
            note: string | null;
            ai_provider_name: string;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "exhausted";
            /** @enum {string} */
            kind: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
            /** @description Slug of the virtual key that it follows, whose credential and bounds are its own. */
            integration: string | null;
            region: string | null;
            allowed_models: string[] | null;
            allowed_regions: string[] | null;
            endpoint: string | null;
            attribution: {
                request_metadata: {
                    [key: string]: string;
                };
                session_tags: {
                    [key: string]: string;
                };
                session_name: string | null;
            } | null;
            credential: {
                /** @enum {string} */
                kind: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
                access_key_hint?: string;
                is_temporary?: boolean;
                role_arn?: string;
                /** @description Stands in the role's trust policy. */
                external_id?: string;
                session_name?: string;
                tags?: {
                    [key: string]: string;
                };
                duration_seconds?: number;
                /** @enum {string} */
                source?: "server" | "own_keys" | "virtual_key";
                /** @enum {string} */
                term?: "long-term" | "short-term" | "unknown";
                /** Format: date-time */
                expires_at?: string;
                base_url?: string;
            };
            /** @description Portkey's names of what of the credential is no secret. */
            model_config: {
                [key: string]: string;
            };
            masked_api_key: string | null;
            /** @description How the last test went; null where there was none since what it went by was changed: all but name and note. */
            last_test: {
                /** Format: date-time */
                tested_at: string;
                /** @description False: a stage failed. True says no more than what stages were tried. */
                ok: boolean;
                region: string | null;
                stages: {
                    /** @enum {string} */
                    stage: "shape" | "identity" | "models" | "profiles" | "call";
                    /** @enum {string} */
                    status: "ok" | "failed" | "skipped";
                    /** @description Of docs/errors.md, where it failed. */
                    code?: string;
                }[];
            } | null;
            usage_limits: {
                /** @description Of the budget: see /v1/budgets. */
                id: string;
                /** @enum {string} */
                type: "cost" | "tokens";
                credit_limit: number;
                periodic_reset: ("daily" | "weekly" | "monthly") | null;
                periodic_reset_days: number | null;
                next_usage_reset_at: string | null;
                alert_threshold: number | null;
                /** @description Of an address with a path its origin and `/...`: what follows is shown to nobody. */
                alert_url: string | null;
            } | null;
            rate_limits: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[];
            workspace_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_updated_at: string;
            expires_at: string | null;
            /** @constant */
            success: true;
            data: {
                id: string;
                slug: string;
            };
            /** @description What its owner should know. */
            warnings: string[];
        };
        /**
         * @example {
         *       "model": "amazon.nova-micro-v1:0"
         *     }
         */
        VirtualKeyTestRequest: {
            /** @description Asked for one token, which costs what AWS charges for it, within limits and in the log. */
            model?: string;
            /** @description Default: the virtual key's own, else the server's. */
            region?: string;
            /** @description True: server-sent events, `stage` for each stage as it ends and `result` with all of them. */
            stream?: boolean;
        };
        /**
         * @example {
         *       "object": "virtual-key.test",
         *       "ok": false,
         *       "region": "us-east-1",
         *       "stages": [
         *         {
         *           "stage": "shape",
         *           "status": "ok",
         *           "message": "A key pair for us-east-1."
         *         },
         *         {
         *           "stage": "identity",
         *           "status": "failed",
         *           "message": "Asking STS for the caller's identity failed: The security token included in the request is invalid.",
         *           "code": "UnrecognizedClientException",
         *           "remedy": "Check the access key id.",
         *           "aws": {
         *             "type": "InvalidClientTokenId",
         *             "message": "The security token included in the request is invalid."
         *           }
         *         }
         *       ]
         *     }
         */
        VirtualKeyTestResult: {
            /** @constant */
            object: "virtual-key.test";
            ok: boolean;
            region: string | null;
            stages: {
                /** @enum {string} */
                stage: "shape" | "identity" | "models" | "profiles" | "call";
                /** @enum {string} */
                status: "ok" | "failed" | "skipped";
                /** @description Of docs/errors.md, where it failed. */
                code?: string;
                message: string;
                remedy?: string;
                aws?: {
                    type: string;
                    message: string;
                    request_id?: string;
                };
            }[];
        };
        /**
         * @example {
         *       "note": "Rotated in January",
         *       "awsAccessKeyId": "AKIAIOSFODNN7EXAMPLE",
         *       "awsSecretAccessKey": "..."
         *     }
         */
        VirtualKeyUpdate: {
            /** @description As in the path: it stays. */
            slug?: string;
            name?: string;
            /** @description As it is: it stays. */
            provider?: string;
            /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
            workspace_id?: string;
            disabled?: boolean;
            /** @description True: the count of `usage_limits` begins anew. */
            reset_usage?: boolean | 0 | 1;
            note?: string | null;
            /**
             * @description Found from the credential where it is absent.
             * @enum {string}
             */
            kind?: "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";
            /** @description The parts of the credential by any of their names in docs/credentials.md. */
            credential?: {
                [key: string]: unknown;
            };
            region?: string | null;
            /** @description Ids or ARNs in which * stands for any text; null: every model. */
            allowed_models?: string[] | null;
            allowed_regions?: string[] | null;
            /** @description In place of AWS's host; its origin is in ADIT_CUSTOM_HOSTS. A secret that is kept does not follow it to another: give the credential again. */
            endpoint?: string | null;
            /** @description What calls tell AWS of whom they are for. */
            attribution?: {
                /** @description Names of Bedrock's requestMetadata, which callers cannot set. */
                request_metadata?: {
                    [key: string]: string;
                };
                /** @description Session tags of the role that is assumed. */
                session_tags?: {
                    [key: string]: string;
                };
                /** @description The session's name; for a role. */
                session_name?: string | null;
            } | null;
            expires_at?: string | null;
            /** @description The key's budget (docs/limits.md); null: none. */
            usage_limits?: {
                /** @description As it is shown: which budget it is follows from the key. */
                id?: string;
                /**
                 * @description Default: the present budget's, else cost.
                 * @enum {string}
                 */
                type?: "cost" | "tokens";
                /** @description Dollars, such as 10 or "0.25", to the nano-dollar; or tokens. */
                credit_limit: number | string;
                /** @description Null: never; absent: as the present budget. */
                periodic_reset?: ("daily" | "weekly" | "monthly") | null;
                /** @description In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC. */
                periodic_reset_days?: number | null;
                /** @description With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent. */
                next_usage_reset_at?: string | null;
                /** @description As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down. */
                alert_threshold?: number | string | null;
                alert_url?: string | null;
            } | null;
            /** @description All of the key's rate limits (docs/limits.md); null: none. */
            rate_limits?: {
                /** @enum {string} */
                type: "requests" | "tokens";
                /** @enum {string} */
                unit: "rps" | "rpm" | "rph" | "rpd" | "rpw";
                value: number;
            }[] | null;
            /** @description Portkey's name of a Bedrock API key, or of the key of an OpenAI-compatible host. */
            key?: string;
            /** @enum {string} */
            awsAuthType?: "accessKey" | "assumedRole" | "serviceRole" | "apiKey";
            awsAccessKeyId?: string;
            awsSecretAccessKey?: string;
            awsSessionToken?: string;
            awsRegion?: string;
            awsRoleArn?: string;
            awsExternalId?: string;
            /** @description The endpoint, or the base URL of an OpenAI-compatible host. */
            custom_host?: string;
            /** @description The same, as Portkey's documents spell it. */
            customHost?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "object": "list",
         *       "success": true,
         *       "total": 1,
         *       "workspaces": [
         *         {
         *           "id": "prj_00000000-0000-7000-8000-000000000000",
         *           "enabled": true
         *         }
         *       ]
         *     }
         */
        WorkspaceAccess: {
            /** @constant */
            object: "list";
            /** @constant */
            success: true;
            total: number;
            workspaces: {
                id: string;
                enabled: boolean;
            }[];
        };
        /**
         * @example {
         *       "workspaces": [
         *         {
         *           "id": "prj_00000000-0000-7000-8000-000000000000",
         *           "enabled": true
         *         }
         *       ]
         *     }
         */
        WorkspaceAccessUpdate: {
            workspaces: {
                id: string;
                /** @default true */
                enabled: boolean;
            }[];
            /** @description Portkey's; there is one project anyway. */
            override_existing_workspace_access?: boolean;
            /** @description The same, as its SDK spells it. */
            override_existing_workspaces_access?: boolean;
        };
    };
    responses: {
        /** @description What is wrong, where (`param`), and what to do. Codes are in docs/errors.md. */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error: {
                        message: string;
                        type: string;
                        code: string;
                        param: string | null;
                    };
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listVirtualKeys: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description As the entries show it. */
                status?: "active" | "exhausted" | "expired" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKeyList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createVirtualKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VirtualKeyCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKeySaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getVirtualKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKey"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateVirtualKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VirtualKeyUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKeySaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteVirtualKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    testVirtualKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VirtualKeyTestRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKeyTestResult"];
                    "text/event-stream": components["schemas"]["VirtualKeyTestResult"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getVirtualKeyPolicies: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Who assumes the role. Default: asked of STS. */
                principal_arn?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VirtualKeyPolicies"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listIntegrations: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's: all are of a workspace here. */
                type?: "workspace" | "all";
                /** @description As the entries show it. */
                status?: "active" | "expired" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IntegrationList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createIntegration: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IntegrationCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IntegrationSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getIntegration: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Integration"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateIntegration: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IntegrationUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IntegrationSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteIntegration: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getModelAccess: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelAccess"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateModelAccess: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelAccessUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelAccess"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteModelAccess: {
        parameters: {
            query: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Models, with commas between them. */
                slugs: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelAccess"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getWorkspaceAccess: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspaceAccess"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateWorkspaceAccess: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkspaceAccessUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspaceAccess"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listProviders: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description As the entries show it. */
                status?: "active" | "exhausted" | "expired" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createProvider: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getProvider: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateProvider: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteProvider: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listConfigs: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description As the entries show it. */
                status?: "active" | "inactive";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createConfig: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getConfig: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateConfig: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteConfig: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listConfigVersions: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigVersions"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getConfigSchema: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JsonSchema"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    dryRunConfig: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DryRunRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRun"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getConnectorSpec: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorSpec"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listConnectorSamples: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorSamples"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    discoverConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorCatalog"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listConnectors: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectorCreate"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connector"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectorUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorSaved"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    checkConnection: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectionCheck"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionStatus"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    checkConnector: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionStatus"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listGuardrails: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description As the entries show it. */
                status?: "active" | "archived";
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuardrailList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createGuardrail: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GuardrailCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guardrail"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listGuardrailChecks: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuardrailChecks"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getGuardrail: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guardrail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateGuardrail: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GuardrailUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guardrail"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteGuardrail: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listGuardrailVersions: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Portkey's; of no meaning here. */
                organisation_id?: string;
            };
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuardrailVersions"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listPrompts: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Id or slug: only what lies in this collection. */
                collection_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createPrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptMade"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getPrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updatePrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptChanged"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deletePrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    publishPrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptVersionChoice"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptDone"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    renderPrompt: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptRender"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenderedPrompt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listPromptVersions: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptVersions"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPromptVersion: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                prompt: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    labelPromptVersion: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                prompt: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptVersionUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptDone"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listPromptPartials: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Of no effect: partials lie in no collection. */
                collection_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPartialList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createPromptPartial: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptPartialCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPartialMade"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getPromptPartial: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                partial: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPartial"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updatePromptPartial: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                partial: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptPartialUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPartialChanged"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deletePromptPartial: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                partial: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    publishPromptPartial: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                partial: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptVersionChoice"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptDone"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listPromptPartialVersions: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                partial: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPartialVersions"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listLabels: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Of no effect. */
                organisation_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptLabelList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createLabel: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptLabelCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptLabel"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getLabel: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptLabel"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateLabel: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptLabelUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptLabel"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteLabel: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listCollections: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptCollectionList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createCollection: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptCollectionCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptCollection"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getCollection: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptCollection"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateCollection: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptCollectionUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptCollection"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteCollection: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    createApiKey: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                type: string;
                kind: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyCreated"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description As the entries show it. */
                status?: "active" | "exhausted" | "expired" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntry"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyRotate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyCreated"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listKeyPairs: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPairList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createKeyPair: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPairCreated"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    updateKeyPair: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
                pair: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyPairUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPair"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteKeyPair: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
                pair: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listCatalogModels: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelCatalog"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listBudgets: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                scope?: "gateway_key" | "virtual_key" | "project" | "metadata";
                scope_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createBudget: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getBudget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateBudget: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                budget: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteBudget: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getBudgetUsage: {
        parameters: {
            query?: {
                /** @description Of a limit that counts each value of a field of metadata: the count of this one alone. */
                value?: string;
            };
            header?: never;
            path: {
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitUsage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resetBudget: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listRateLimits: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                scope?: "gateway_key" | "virtual_key" | "project" | "metadata";
                scope_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimitList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createRateLimit: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RateLimitCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimit"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getRateLimit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rate_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimit"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateRateLimit: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                rate_limit: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RateLimitUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimit"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteRateLimit: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                rate_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getRateLimitUsage: {
        parameters: {
            query?: {
                /** @description Of a limit that counts each value of a field of metadata: the count of this one alone. */
                value?: string;
            };
            header?: never;
            path: {
                rate_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitUsage"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resetRateLimit: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                rate_limit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimit"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listProjects: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Portkey's name of `search`. */
                name?: string;
                /** @description The whole name. */
                exact_name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description Portkey's name of `search`. */
                name?: string;
                /** @description The whole name. */
                exact_name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listProjectMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectMemberList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    setProjectMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                project: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectMemberUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectMember"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteProjectMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                project: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listPeople: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Part of the name or slug. */
                search?: string;
                /** @description Made at that time or later: ISO 8601. */
                from?: string;
                /** @description Made before that time. */
                to?: string;
                /** @description By age. Default asc: the oldest first. */
                order?: "asc" | "desc";
                /** @description As the entries show it. */
                status?: "active" | "disabled" | "locked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createPerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updatePerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deletePerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getResponse: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Further fields. A stored response has all that it was answered with: what it has not is named. */
                include?: string;
                /** @description Further fields. A stored response has all that it was answered with: what it has not is named. */
                "include[]"?: string;
                /** @description A stored response is given whole: `true` is refused. */
                stream?: "true" | "false";
            };
            header?: never;
            path: {
                response: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredResponse"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteResponse: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                response: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponseDeleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listInputItems: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description Further fields. A stored response has all that it was answered with: what it has not is named. */
                include?: string;
                /** @description Further fields. A stored response has all that it was answered with: what it has not is named. */
                "include[]"?: string;
                /** @description Items of a page; default 20. */
                limit?: number;
                /** @description By their place in the conversation; default desc. */
                order?: "asc" | "desc";
                /** @description `last_id` of the page before. */
                after?: string;
            };
            header?: never;
            path: {
                response: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InputItemList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cancelResponse: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                response: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredResponse"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listLogs: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description ISO 8601, such as 2027-01-31T00:00:00Z. */
                from?: string;
                /** @description Not within any more. */
                to?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status?: string;
                /** @description Slugs of virtual keys, or names as x-adit-credential has them, with commas between. */
                credential?: string;
                /** @description Slugs of saved configs, with commas between. */
                config?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt?: string;
                /** @description Providers, with commas between. */
                provider?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                trace_id?: string;
                span_id?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                /** @description Tokens in all, at least. */
                total_units_min?: number;
                total_units_max?: number;
                /** @description Dollars, at least. */
                cost_min?: string;
                cost_max?: string;
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Text anywhere in the records: the window is read through, some 20,000 calls for one answer. */
                search?: string;
                /** @description true: `search` looks into what is kept of requests and answers too, with secrets masked; some 32 MiB for one answer. A gateway key needs the scope logs.read beside logs.list. */
                search_content?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createLogs: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogsCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsCreated"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteLogs: {
        parameters: {
            query: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description The pairs of those whose calls are to go, as JSON. */
                metadata: string;
                /** @description true: the records stay, what was said goes. */
                content_only?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsDeleted"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    tailLogs: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description ISO 8601, such as 2027-01-31T00:00:00Z. */
                from?: string;
                /** @description Not within any more. */
                to?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status?: string;
                /** @description Slugs of virtual keys, or names as x-adit-credential has them, with commas between. */
                credential?: string;
                /** @description Slugs of saved configs, with commas between. */
                config?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt?: string;
                /** @description Providers, with commas between. */
                provider?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                trace_id?: string;
                span_id?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                /** @description Tokens in all, at least. */
                total_units_min?: number;
                total_units_max?: number;
                /** @description Dollars, at least. */
                cost_min?: string;
                cost_max?: string;
                /** @description Text anywhere in the records. What was said is not looked into: it may be written down after its call is told of. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Log"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    exportLogs: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                /** @description ISO 8601, such as 2027-01-31T00:00:00Z. */
                from?: string;
                /** @description Not within any more. */
                to?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status?: string;
                /** @description Slugs of virtual keys, or names as x-adit-credential has them, with commas between. */
                credential?: string;
                /** @description Slugs of saved configs, with commas between. */
                config?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt?: string;
                /** @description Providers, with commas between. */
                provider?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                trace_id?: string;
                span_id?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                /** @description Tokens in all, at least. */
                total_units_min?: number;
                total_units_max?: number;
                /** @description Dollars, at least. */
                cost_min?: string;
                cost_max?: string;
                /** @description Text anywhere in the records: the window is read through. */
                search?: string;
                /** @description true: `search` looks into what is kept of requests and answers too; calls of which none is kept, or none that can be read, are found by their records alone: the list counts them. A gateway key needs the scope logs.read beside logs.export. */
                search_content?: "true" | "false";
                /** @description Default jsonl. CSV is safe to open in spreadsheets. */
                format?: "jsonl" | "csv";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": components["schemas"]["LogDetail"];
                    "text/csv": components["schemas"]["LogDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                log: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    explainLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                log: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogExplained"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    replayLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                log: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogReplay"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogReplayed"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getLogSettings: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogSettings"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateLogSettings: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogSettingsUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogSettings"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    listLogsExports: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createLogsExport: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogsExportCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportMade"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getLogsExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExport"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateLogsExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogsExportUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportMade"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startLogsExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportTold"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cancelLogsExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportTold"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    downloadLogsExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsExportDownload"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listLogViews: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogViewList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    saveLogView: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogViewSave"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogView"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deleteLogView: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path: {
                view: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getTrace: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: never;
            path: {
                trace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createFeedback: {
        parameters: {
            query?: {
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
            };
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackCreate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackSaved"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                feedback: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackSaved"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getAnalyticsGraph: {
        parameters: {
            query?: {
                /** @description Default: a day before the end. */
                time_of_generation_min?: string;
                /** @description Default: now. */
                time_of_generation_max?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_slug?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                total_units_min?: number;
                total_units_max?: number;
                /** @description Cents, at least. */
                cost_min?: string;
                cost_max?: string;
                prompt_token_min?: number;
                prompt_token_max?: number;
                completion_token_min?: number;
                completion_token_max?: number;
                /** @description Of what was said of the call's trace, by weight. */
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status_code?: string;
                /** @description Slugs of virtual keys, with commas between. */
                virtual_keys?: string;
                /** @description Slugs of saved configs, with commas between. */
                configs?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models as `bedrock__MODEL`, with commas between. */
                ai_org_model?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt_slug?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                trace_id?: string;
                span_id?: string;
                /** @description A graph has neither pages nor another order than time's. */
                page_size?: string;
                /** @description A graph has neither pages nor another order than time's. */
                current_page?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by_type?: string;
            };
            header?: never;
            path: {
                graph: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsGraph"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getAnalyticsGraphOfPart: {
        parameters: {
            query?: {
                /** @description Default: a day before the end. */
                time_of_generation_min?: string;
                /** @description Default: now. */
                time_of_generation_max?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_slug?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                total_units_min?: number;
                total_units_max?: number;
                /** @description Cents, at least. */
                cost_min?: string;
                cost_max?: string;
                prompt_token_min?: number;
                prompt_token_max?: number;
                completion_token_min?: number;
                completion_token_max?: number;
                /** @description Of what was said of the call's trace, by weight. */
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status_code?: string;
                /** @description Slugs of virtual keys, with commas between. */
                virtual_keys?: string;
                /** @description Slugs of saved configs, with commas between. */
                configs?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models as `bedrock__MODEL`, with commas between. */
                ai_org_model?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt_slug?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                trace_id?: string;
                span_id?: string;
                /** @description A graph has neither pages nor another order than time's. */
                page_size?: string;
                /** @description A graph has neither pages nor another order than time's. */
                current_page?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by_type?: string;
            };
            header?: never;
            path: {
                graph: string;
                part: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsGraph"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getAnalyticsGroup: {
        parameters: {
            query?: {
                /** @description Default: a day before the end. */
                time_of_generation_min?: string;
                /** @description Default: now. */
                time_of_generation_max?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_slug?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                total_units_min?: number;
                total_units_max?: number;
                /** @description Cents, at least. */
                cost_min?: string;
                cost_max?: string;
                prompt_token_min?: number;
                prompt_token_max?: number;
                completion_token_min?: number;
                completion_token_max?: number;
                /** @description Of what was said of the call's trace, by weight. */
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status_code?: string;
                /** @description Slugs of virtual keys, with commas between. */
                virtual_keys?: string;
                /** @description Slugs of saved configs, with commas between. */
                configs?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models as `bedrock__MODEL`, with commas between. */
                ai_org_model?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt_slug?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                trace_id?: string;
                span_id?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                order_by?: "requests" | "cost" | "total_tokens" | "avg_tokens" | "error_count" | "success_rate" | "avg_latency" | "avg_input_tokens" | "avg_output_tokens" | "p95_latency" | "p99_latency" | "cache_hit_rate";
                order_by_type?: "asc" | "desc";
                /** @description All that are known are given: `first_seen` and `last_seen` are not, as sums do not tell them. */
                columns?: string;
                include_total?: string;
            };
            header?: never;
            path: {
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsGroups"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getAnalyticsOfMetadata: {
        parameters: {
            query?: {
                /** @description Default: a day before the end. */
                time_of_generation_min?: string;
                /** @description Default: now. */
                time_of_generation_max?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_slug?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                total_units_min?: number;
                total_units_max?: number;
                /** @description Cents, at least. */
                cost_min?: string;
                cost_max?: string;
                prompt_token_min?: number;
                prompt_token_max?: number;
                completion_token_min?: number;
                completion_token_max?: number;
                /** @description Of what was said of the call's trace, by weight. */
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status_code?: string;
                /** @description Slugs of virtual keys, with commas between. */
                virtual_keys?: string;
                /** @description Slugs of saved configs, with commas between. */
                configs?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models as `bedrock__MODEL`, with commas between. */
                ai_org_model?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt_slug?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                trace_id?: string;
                span_id?: string;
                /** @description Portkey's name of `limit`. */
                page_size?: number;
                /** @description Portkey's count of pages, from 0. */
                current_page?: number;
                order_by?: "requests" | "cost" | "total_tokens" | "avg_tokens" | "error_count" | "success_rate" | "avg_latency" | "avg_input_tokens" | "avg_output_tokens" | "p95_latency" | "p99_latency" | "cache_hit_rate";
                order_by_type?: "asc" | "desc";
                /** @description All that are known are given: `first_seen` and `last_seen` are not, as sums do not tell them. */
                columns?: string;
                include_total?: string;
            };
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsGroups"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getCacheSummary: {
        parameters: {
            query?: {
                /** @description Default: a day before the end. */
                time_of_generation_min?: string;
                /** @description Default: now. */
                time_of_generation_max?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_slug?: string;
                /** @description Id or slug of the project. Default: the key's own, else the one the caller has, else `default`. */
                workspace_id?: string;
                total_units_min?: number;
                total_units_max?: number;
                /** @description Cents, at least. */
                cost_min?: string;
                cost_max?: string;
                prompt_token_min?: number;
                prompt_token_max?: number;
                completion_token_min?: number;
                completion_token_max?: number;
                /** @description Of what was said of the call's trace, by weight. */
                weighted_feedback_min?: number | string;
                weighted_feedback_max?: number | string;
                /** @description Statuses of HTTP, or `success`, or `error`, with commas between. */
                status_code?: string;
                /** @description Slugs of virtual keys, with commas between. */
                virtual_keys?: string;
                /** @description Slugs of saved configs, with commas between. */
                configs?: string;
                /** @description Ids of gateway keys, with commas between. */
                api_key_ids?: string;
                /** @description Models as `bedrock__MODEL`, with commas between. */
                ai_org_model?: string;
                /** @description Models, by id, profile or ARN, with commas between. */
                model?: string;
                /** @description Regions, with commas between. */
                region?: string;
                /** @description Slugs of prompts, with commas between. */
                prompt_slug?: string;
                /** @description HIT, MISS ..., with commas between. */
                cache_status?: string;
                /** @description Pairs that the request's metadata holds, as a JSON object such as {"team":"red"}. */
                metadata?: string;
                trace_id?: string;
                span_id?: string;
                /** @description A graph has neither pages nor another order than time's. */
                page_size?: string;
                /** @description A graph has neither pages nor another order than time's. */
                current_page?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by?: string;
                /** @description A graph has neither pages nor another order than time's. */
                order_by_type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheSummary"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getPrices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prices"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updatePrices: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PricesUpdate"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prices"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    deletePrices: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the object must still have; otherwise 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prices"];
                };
            };
            409: components["responses"]["Error"];
            412: components["responses"]["Error"];
            default: components["responses"]["Error"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": components["schemas"]["Metrics"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAuditLogs: {
        parameters: {
            query?: {
                /** @description Entries of a page; default 50. */
                limit?: number;
                /** @description `last_id` of the page before. */
                after?: string;
                /** @description Id or slug of the project. Default: all that the caller is an admin of. */
                workspace_id?: string;
                /** @description Such as virtual_key.update. */
                action?: string;
                object_kind?: string;
                object_id?: string;
                actor_id?: string;
                /** @description ISO 8601, such as 2027-01-31T00:00:00Z. */
                from?: string;
                /** @description ISO 8601, such as 2027-01-31T00:00:00Z. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getVault: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vault"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    rotateMasterKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A request that is sent again with the same key and body is done once; kept for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description Of the object, where the answer shows one. */
                    etag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VaultRotated"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    changeOwnPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    invokeConnector: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ConnectorInvocation"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorAnswer"];
                    "text/event-stream": components["schemas"]["ConnectorAnswer"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    readConnector: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ConnectorInvocation"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorRecords"];
                };
            };
            /** @description What is wrong, and what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectorFailure"];
                };
            };
        };
    };
}
