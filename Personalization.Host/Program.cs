using Personalization.Host.Cli;

if (HelpCommand.Handles(args))
{
    return HelpCommand.Run(Console.Out);
}

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

return await ServeCommand.RunAsync(args, Console.Error);
