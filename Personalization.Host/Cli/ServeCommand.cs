using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;

namespace Personalization.Host.Cli;

/// <summary>
/// The main job, without a command: serves until it is told to stop. Answers 0 then, and 1 when it could not start or the stages failed, so that whoever
/// supervises the process starts it again.
/// </summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(string[] args, TextWriter errors)
    {
        try
        {
            var app = HostApp.Build(args, services => services.AddLowPriorityTieredCompilation());
            var pipeline = app.Services.GetRequiredService<IPipelineStatus>();
            await app.RunAsync();
            return pipeline.HasFailed ? 1 : 0;
        }
        catch (OptionsValidationException error)
        {
            errors.WriteLine(string.Join(Environment.NewLine, error.Failures));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) // A port or a folder that others have: the message says all.
        {
            errors.WriteLine(error.Message);
        }

        return 1;
    }
}
