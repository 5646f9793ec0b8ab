using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Faults;

[assembly: HostingStartup(typeof(PlantedDeath))]

namespace Personalization.Tests.Faults;

/// <summary>Plants a sudden end into a process of its own: right behind a step of an erasure it is killed, as by the machine's end.</summary>
public sealed class PlantedDeath : IHostingStartup
{
    /// <summary>Variable with the name of the step.</summary>
    public const string StepVariable = "PERSONALIZATION_TEST_DEATH";

    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(StepVariable) is { Length: > 0 } step)
        {
            builder.ConfigureServices(services => services.AddSingleton<IErasureProbe>(new Probe(step)));
        }
    }

    private sealed class Probe(string step) : IErasureProbe
    {
        public void Passed(string passed)
        {
            if (passed == step)
            {
                using var self = Process.GetCurrentProcess();
                self.Kill();
                self.WaitForExit();
            }
        }
    }
}
