using Personalization;
using Personalization.Host;
using Personalization.Host.Cli;

if (AuditCommand.Handles(args))
{
    return AuditCommand.Run(args, Console.Out, Console.Error);
}

if (FeaturesCommand.Handles(args))
{
    return await FeaturesCommand.RunAsync(args, Console.Out, Console.Error);
}

if (RestoreCommand.Handles(args))
{
    return RestoreCommand.Run(args, Console.Out, Console.Error);
}

await HostApp.Build(args, services => services.AddLowPriorityTieredCompilation()).RunAsync();
return 0;
