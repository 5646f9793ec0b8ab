using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Faults;

[assembly: HostingStartup(typeof(PlantedStore))]

namespace Personalization.Tests.Faults;

/// <summary>
/// Plants a store of personal data into a process of its own that ends the process, as a power failure would, at one call: the file that
/// the variable names holds <c>count</c>, <c>erase</c> or <c>export</c> and the number of the call. It does so once.
/// </summary>
public sealed class PlantedStore : IHostingStartup
{
    public const string Variable = "PERSONALIZATION_TEST_DEADLY_STORE";

    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } path && File.Exists(path))
        {
            builder.ConfigureServices(services => services.AddSingleton<IPersonalDataStore>(new Deadly(path)));
        }
    }

    private sealed class Deadly(string path) : IPersonalDataStore
    {
        private readonly string[] _when = File.ReadAllText(path).Split(':');
        private int _calls;

        public string Name => "planted/deadly";

        public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => new(Meet("erase"));

        public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => new(Meet("count"));

        public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
        {
            Meet("export");
            json.WriteNullValue();
            return default;
        }

        private long Meet(string call)
        {
            if (_when[0] == call && Interlocked.Increment(ref _calls) == int.Parse(_when[1]))
            {
                File.Delete(path);
                System.Diagnostics.Process.GetCurrentProcess().Kill();
            }

            return 0;
        }
    }
}
