using Personalization.Host;

await HostApp.Build(args).RunAsync();
