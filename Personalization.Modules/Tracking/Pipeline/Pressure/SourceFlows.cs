using Microsoft.Extensions.Options;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>The flows of all sources, found by their numbers. As many as the log has sources, 65,535 at the most. Thread-safe.</summary>
internal sealed class SourceFlows(IOptions<PressureOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly PressureOptions _options = options.Value;
    private volatile SourceFlow?[] _byId = new SourceFlow?[64];
    private volatile SourceFlow[] _all = [];

    public IReadOnlyList<SourceFlow> All => _all;

    public SourceFlow Of(Source source)
    {
        var byId = _byId;
        return (source.Id < byId.Length ? byId[source.Id] : null) ?? Add(source);
    }

    private SourceFlow Add(Source source)
    {
        lock (_gate)
        {
            var byId = _byId;
            if (source.Id >= byId.Length)
            {
                Array.Resize(ref byId, Math.Max(source.Id + 1, byId.Length * 2));
            }

            if (byId[source.Id] is not { } flow)
            {
                flow = new SourceFlow(source, _options.Weights.TryGetValue(source.Name, out var weight) ? weight : 1, time);
                byId[source.Id] = flow;
                _all = [.. _all, flow];
            }

            _byId = byId;
            return flow;
        }
    }
}
