using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Personalization.Kernel.Replay;

/// <summary>The host's log for a replay: what a person should see, under a name that tells it from the running instance's.</summary>
internal sealed class QuietLoggers(ILoggerFactory host) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Quiet(host.CreateLogger("Replay." + categoryName));

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The host's providers are used.");

    /// <summary>The host's own is not ours to end.</summary>
    public void Dispose()
    {
    }

    private sealed class Quiet(ILogger host) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => host.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && host.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                host.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}

/// <summary>Meters of names that nobody reads: a replay must not be counted with what happens.</summary>
internal sealed class UnreadMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        lock (_meters)
        {
            var meter = new Meter(new MeterOptions("replay." + options.Name) { Version = options.Version, Tags = options.Tags, Scope = this });
            _meters.Add(meter);
            return meter;
        }
    }

    public void Dispose()
    {
        lock (_meters)
        {
            _meters.ForEach(meter => meter.Dispose());
            _meters.Clear();
        }
    }
}
