using Microsoft.AspNetCore.Hosting;
using Personalization.Tests.Faults;
using Personalization.Tests.Tracking.Clock;

[assembly: HostingStartup(typeof(PlantedDeadlines))]

namespace Personalization.Tests.Faults;

/// <summary>Plants a stage into a process of its own that waits for a time, when a variable says for how long.</summary>
public sealed class PlantedDeadlines : IHostingStartup
{
    /// <summary>Variable with the ms after which deadlines come.</summary>
    public const string Variable = "PERSONALIZATION_TEST_DEADLINE_MS";

    public void Configure(IWebHostBuilder builder)
    {
        if (long.TryParse(Environment.GetEnvironmentVariable(Variable), out var deadlineMs))
        {
            builder.ConfigureServices(services => ClockShop.Plant(services, deadlineMs));
        }
    }
}
