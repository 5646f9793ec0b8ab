using System.Diagnostics.Metrics;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Domain;

/// <summary>Counts answers and the baselines among them, for whoever listens to the meter.</summary>
internal sealed class DecisionMeter : IDisposable
{
    public const string Name = "Personalization.Decisioning";
    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _fallbacks;

    private readonly ForegroundWork _foreground;

    public DecisionMeter(ForegroundWork foreground)
    {
        _foreground = foreground;
        _decisions = _meter.CreateCounter<long>("personalization.decisions", "{decision}", "Answers given");
        _fallbacks = _meter.CreateCounter<long>("personalization.decision_fallbacks", "{decision}", "Answers that the baseline had to fill");
    }

    public void Decided(string placement, string? fallbackReason)
    {
        _foreground.Note();
        _decisions.Add(1, new KeyValuePair<string, object?>("placement", placement));
        if (fallbackReason is not null)
        {
            _fallbacks.Add(1, new("placement", placement), new("reason", fallbackReason));
        }
    }

    public void Dispose() => _meter.Dispose();
}
