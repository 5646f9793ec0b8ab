using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Faults;
using Personalization.Tests.Tracking.DeadLetters;
using Personalization.Tracking.Contracts;

[assembly: HostingStartup(typeof(PlantedStages))]

namespace Personalization.Tests.Faults;

/// <summary>
/// Plants stages into a process of its own: they count what they see, and one of them fails on every message id that ends with a seven,
/// as long as a file is there that says so.
/// </summary>
public sealed class PlantedStages : IHostingStartup
{
    /// <summary>Variable with the path of that file.</summary>
    public const string BugVariable = "PERSONALIZATION_TEST_BUG";

    public void Configure(IWebHostBuilder builder)
    {
        // They keep message ids, which is nothing for a process in which an erasure is watched.
        if (Environment.GetEnvironmentVariable(PlantedDeath.StepVariable) is null)
        {
            builder.ConfigureServices(services => Add(services, new Bug()));
        }
    }

    internal static void Add(IServiceCollection services, Tracking.DeadLetters.Faults faults)
    {
        Add(services, new EarlyStage(faults));
        Add(services, new MiddleStage(faults));
        Add(services, new LateStage(faults));
    }

    private static void Add<TStage>(IServiceCollection services, TStage stage)
        where TStage : CountingStage
    {
        services.AddSingleton(stage);
        services.AddSingleton<IEventStage>(stage);
        services.AddSingleton<ICheckpointed>(stage);
    }

    private sealed class Bug : Tracking.DeadLetters.Faults
    {
        private readonly bool _isThere = File.Exists(Environment.GetEnvironmentVariable(BugVariable));

        public override void Meet(string place, string messageId)
        {
            if (_isThere && place == nameof(MiddleStage) && messageId.EndsWith('7'))
            {
                throw new InvalidOperationException("A bug that sevens bring out.");
            }
        }
    }
}
