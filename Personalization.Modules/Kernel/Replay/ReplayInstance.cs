using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>
/// A second instance of everything that is derived from the log, beside the running one or without any: the same steps, stages and
/// states from the same registrations, in a folder of its own, over the same log, which it only reads. It has no background services and no
/// endpoints, tells nobody, and ends as if it had never been.
/// </summary>
internal sealed class ReplayInstance : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly FrozenDictionary<byte, ILogEntryHandler> _handlers;
    private readonly CheckpointCoordinator _checkpoints;
    private readonly PipelinePosition _position;
    private readonly LogReplay _log;
    private readonly long _checkpointEvents;
    private readonly bool _isInLogOrder;

    private ReplayInstance(ServiceProvider provider, long until)
    {
        _provider = provider;
        Until = until;
        provider.GetRequiredService<LogTail>().Start(until);
        _handlers = provider.GetServices<ILogEntryHandler>().ToFrozenDictionary(handler => handler.Kind);
        _checkpoints = provider.GetRequiredService<CheckpointCoordinator>();
        _position = provider.GetRequiredService<PipelinePosition>();
        _log = provider.GetRequiredService<LogReplay>();
        _isInLogOrder = provider.GetService<InLogOrder>() is not null;
        _checkpointEvents = provider.GetRequiredService<IOptions<LogOptions>>().Value.CheckpointEvents;
    }

    /// <summary>Its own services: states, readers, the catalogue.</summary>
    public IServiceProvider Services => _provider;

    /// <summary>Offset behind the last event that it applies.</summary>
    public long Until { get; }

    /// <summary>Every offset below this one has been handed to its partition.</summary>
    public long Applied => _position.AppliedOffset;

    /// <param name="services">What the program is made of.</param>
    /// <param name="logPath">The log, which is only read.</param>
    /// <param name="until">Offset at which the replay ends.</param>
    /// <param name="folder">Its files: empty, or with a copy of a cut to go on from.</param>
    /// <param name="loggers">Where its warnings go.</param>
    /// <param name="configure">Last words on its services: what a training set adds, for example.</param>
    /// <exception cref="InvalidOperationException">A part of the path cannot be had twice.</exception>
    /// <exception cref="InvalidDataException">The log is of another version or too short.</exception>
    public static ReplayInstance Create(
        ReplayServices services, string logPath, long until, DataDirectory folder, ILoggerFactory loggers, Action<IServiceCollection>? configure = null)
    {
        var log = LogStore.OpenReadOnly(logPath, until);
        try
        {
            var own = Compose(services, loggers);
            own.AddSingleton(folder);
            own.AddSingleton(_ => log);
            configure?.Invoke(own);
            return new ReplayInstance(own.BuildServiceProvider(), until);
        }
        catch // Not handled, only cleaned up after.
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Takes back what its folder holds and returns the offset from which to replay, 0 when it holds nothing.</summary>
    public long Load()
    {
        var next = _checkpoints.Recover(Until);
        _position.Advance(next);
        return next;
    }

    /// <summary>Applies the rest of the log, and leaves a cut of all that it came to in its folder.</summary>
    /// <param name="from">What <see cref="Load"/> returned.</param>
    /// <param name="pace">How much of the time it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(long from, ReplayPace pace, CancellationToken cancellationToken)
    {
        var saved = from;
        byte lastKind = 0;
        await foreach (var entry in _log.ReadAsync(from, Until, cancellationToken))
        {
            if (_isInLogOrder && entry.Kind != lastKind)
            {
                // A change of the catalogue takes effect at once, and the events before it may still be on their way to the stages.
                await DrainAsync(cancellationToken);
                lastKind = entry.Kind;
            }

            // The handler may release the entry before it returns, so its end is read first.
            var end = entry.FirstOffset + entry.Count;
            await _handlers[entry.Kind].HandleAsync(entry, cancellationToken);
            _position.Advance(end);
            if (pace.IsDue)
            {
                await DrainAsync(cancellationToken);
                await pace.RestAsync(cancellationToken);
            }

            if (end - saved >= _checkpointEvents)
            {
                // States keep part of themselves on disk: only a cut from time to time bounds their memory.
                await SaveAsync(end, cancellationToken);
                saved = end;
            }
        }

        await SaveAsync(Until, cancellationToken);
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    private async Task SaveAsync(long offset, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        await _checkpoints.BeginAsync(offset);
        if (!await _checkpoints.WaitAsync())
        {
            throw new IOException($"The state of the replay at offset {offset} could not be written.");
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        foreach (var handler in _handlers.Values)
        {
            await handler.DrainAsync(cancellationToken);
        }
    }

    private static ServiceCollection Compose(ReplayServices services, ILoggerFactory loggers)
    {
        var replacements = Instances<ReplayReplacement>(services);
        var parts = Instances<ReplayedPart>(services).Select(part => part.Service).ToHashSet();
        var dropped = replacements.Select(replacement => replacement.Service).ToHashSet();
        dropped.UnionWith([
            typeof(IHostedService), typeof(ILoggerProvider), typeof(ILoggerFactory), typeof(IMeterFactory), typeof(DataDirectory), typeof(LogStore),
            typeof(IEventLog)]);

        var own = new ServiceCollection();
        foreach (var descriptor in services.All)
        {
            if (dropped.Contains(descriptor.ServiceType))
            {
                continue;
            }

            if (parts.Contains(descriptor.ServiceType) && !descriptor.IsKeyedService && descriptor.ImplementationInstance is { } single)
            {
                throw new InvalidOperationException(
                    $"{single.GetType().Name} is registered as an object, so a replay cannot have one of its own. Register it as a type or with a factory.");
            }

            ((ICollection<ServiceDescriptor>)own).Add(descriptor);
        }

        foreach (var replacement in replacements.Where(replacement => replacement.Create is not null))
        {
            own.AddSingleton(replacement.Service, replacement.Create!);
        }

        own.AddSingleton<ILoggerFactory>(_ => new QuietLoggers(loggers));
        own.AddSingleton<IMeterFactory, UnreadMeters>();
        own.AddSingleton<IEventLog, ClosedLog>();
        return own;
    }

    private static List<T> Instances<T>(ReplayServices services)
        where T : class =>
        [.. services.All.Where(descriptor => !descriptor.IsKeyedService).Select(descriptor => descriptor.ImplementationInstance).OfType<T>()];

    /// <summary>A replay says nothing: what its parts would write is in the log already.</summary>
    private sealed class ClosedLog : IEventLog
    {
        public Admission TryAppend(LogEntry entry) => Admission.Stopping;
    }
}
