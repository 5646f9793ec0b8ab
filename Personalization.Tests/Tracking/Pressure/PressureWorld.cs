using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Decisioning;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

/// <summary>The gate and its watch on a clock that is moved by hand, with signals that are given rather than measured.</summary>
internal sealed class PressureWorld : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Parsing _parsing = new();

    public PressureWorld(Action<PressureOptions>? configure = null)
    {
        var options = Sensitive;
        configure?.Invoke(options);
        var wrapped = Options.Create(options);
        var metrics = new PressureMetrics(_services.GetRequiredService<IMeterFactory>());
        Flows = new SourceFlows(wrapped, Clock);
        Gate = new AdmissionGate(Flows, HotKeys, new ForegroundWork(), metrics, Clock, wrapped);
        var position = new PipelinePosition(new LogTail(16));
        var threads = new ThreadProbe(Clock);
        var turns = new LargeBodyTurns(options.LargeBodyBytes, 1, 1, 1, Clock);
        Watch = new PressureWatch(
            Gate,
            Flows,
            new PressureSensors(new LogLoad(Clock), turns, threads, position, new ForegroundWork()),
            threads,
            new ProfileHeat(new PartitionLayout(2, 64), position, HotKeys, wrapped),
            metrics,
            Clock,
            wrapped,
            NullLogger<PressureWatch>.Instance);
    }

    public static PressureSignals Calm => default;

    public static PressureSignals Over => new(100, 0, 0, 0);

    /// <summary>Thresholds so low that the small loads of a test reach them.</summary>
    public static PressureOptions Sensitive => new()
    {
        CriticalDelayStopMs = 20,
        CriticalDelayRestartMs = 8,
        ThreadDelayStopMs = 4,
        ThreadDelayRestartMs = 1.5,
        ThreadDelayTargetMs = 4,
        RiseMs = 300,
    };

    public FakeClock Clock { get; } = new();

    public HotKeys HotKeys { get; } = new();

    public SourceFlows Flows { get; }

    public AdmissionGate Gate { get; }

    public PressureWatch Watch { get; }

    /// <summary>Lets a tenth of a second pass and looks.</summary>
    public PressureLevel Look(PressureSignals signals)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(100));
        Watch.Look(signals, 0.1);
        return Gate.Level;
    }

    /// <summary>Looks until the level is there.</summary>
    public void Reach(PressureLevel level)
    {
        for (var i = 0; i < 1_000 && Gate.Level != level; i++)
        {
            Look(Over);
        }
    }

    /// <summary>Null when admitted, else the name of the problem.</summary>
    public string? Send(Source source, int events, string name = "Product Viewed", string shopper = "s", EventOrigin origin = EventOrigin.Live)
    {
        var one = $$"""{"type":"track","anonymousId":"{{shopper}}","event":"{{name}}"}""";
        var batch = _parsing.Batch($$"""{"batch":[{{string.Join(',', Enumerable.Repeat(one, events))}}]}""");
        batch.Origin = origin;
        return Send(source, batch);
    }

    public string? Send(Source source, EventBatch batch)
    {
        var shed = Gate.Admit(source, batch);
        return shed?.Problem!.Name;
    }

    public EventBatch Parse(int events, string name) => _parsing.Batch(
        $$"""{"batch":[{{string.Join(',', Enumerable.Repeat($$"""{"type":"track","anonymousId":"s","event":"{{name}}"}""", events))}}]}""");

    public void Dispose()
    {
        Watch.Dispose();
        _services.Dispose();
    }
}
