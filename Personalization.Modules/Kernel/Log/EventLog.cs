using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Log;

/// <summary>The door of the log: admits entries as long as the lanes have room and the stages keep up.</summary>
internal sealed class EventLog(AdmissionLanes lanes, PipelinePosition position, IOptions<LogOptions> options) : IEventLog
{
    private readonly long _maxLag = options.Value.MaxLagEvents;

    public Admission TryAppend(LogEntry entry)
    {
        var lag = position.Lag;
        return lag > _maxLag && (!entry.IsCritical || lag > 2 * _maxLag)
            ? Admission.PipelineBehind
            : lanes.TryAdd(entry);
    }
}
