using System.Collections.Frozen;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>A placement's switch as it was last set.</summary>
/// <param name="Placement">Name.</param>
/// <param name="IsOn">On: the baseline answers.</param>
/// <param name="Reason">Why.</param>
/// <param name="ChangedBy">Who.</param>
/// <param name="ApprovedBy">The second person, if one was needed.</param>
/// <param name="ChangeId">The change that released it.</param>
/// <param name="ChangedAtMs">Unix ms.</param>
internal sealed record KillSwitch(
    string Placement, bool IsOn, string Reason, string ChangedBy, string? ApprovedBy, Guid? ChangeId, long ChangedAtMs);

/// <summary>Keeps switches on disk.</summary>
internal interface IKillSwitchStore
{
    IReadOnlyList<KillSwitch> LoadAll();

    void Save(KillSwitch killSwitch);
}

/// <summary>
/// Which placements answer with the baseline, and why. A decision reads one frozen table, so a switch is in effect for every decision that begins
/// after it has returned.
/// </summary>
internal sealed class KillSwitches
{
    private readonly IKillSwitchStore _store;
    private readonly PolicyRegistry _policies;
    private readonly IReadOnlyCollection<string> _placements;
    private readonly bool _mustHavePolicy;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KillSwitch> _switches;
    private volatile FrozenDictionary<string, string> _held = FrozenDictionary<string, string>.Empty;

    /// <param name="store">What was switched before is read from here at once.</param>
    /// <param name="policies">The registry.</param>
    /// <param name="placements">Names of the configured placements.</param>
    /// <param name="options">Whether a placement needs an active policy.</param>
    /// <param name="time">When a switch was set.</param>
    public KillSwitches(
        IKillSwitchStore store, PolicyRegistry policies, IReadOnlyCollection<string> placements, GovernanceOptions options, TimeProvider time)
    {
        (_store, _policies, _placements, _mustHavePolicy, _time) = (store, policies, placements, options.RequireActivePolicy, time);
        _switches = store.LoadAll().ToDictionary(known => known.Placement, StringComparer.Ordinal);
        policies.Activated += (_, _) => Refresh();
        Refresh();
    }

    public bool IsPlacement(string placement) => _placements.Contains(placement);

    /// <summary>Why the baseline answers, one of <see cref="Fallback"/>; null when the models do. On the decision path.</summary>
    public string? Holds(string placement)
    {
        var held = _held;
        return held.Count > 0 && held.TryGetValue(placement, out var reason) ? reason : null;
    }

    /// <summary>Null when it was never set.</summary>
    public KillSwitch? Find(string placement)
    {
        lock (_lock)
        {
            return _switches.GetValueOrDefault(placement);
        }
    }

    /// <summary>On disk first, so that it survives whatever comes; in effect when this returns.</summary>
    public KillSwitch Set(string placement, bool isOn, string reason, string actor, string? approver = null, Guid? changeId = null)
    {
        lock (_lock)
        {
            if (changeId is not null && _switches.GetValueOrDefault(placement) is { } known && known.ChangeId == changeId)
            {
                return known;
            }

            var changed = new KillSwitch(placement, isOn, reason, actor, approver, changeId, _time.GetUtcNow().ToUnixTimeMilliseconds());
            _store.Save(changed);
            _switches[placement] = changed;
            RefreshLocked();
            return changed;
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            RefreshLocked();
        }
    }

    private void RefreshLocked()
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var placement in _placements)
        {
            if (_switches.GetValueOrDefault(placement)?.IsOn == true)
            {
                held[placement] = Fallback.KillSwitch;
            }
            else if (_mustHavePolicy && _policies.Find(PolicyOf(placement))?.Active is null)
            {
                held[placement] = Fallback.NoActivePolicy;
            }
        }

        _held = held.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Id of a placement's policy.</summary>
    public static string PolicyOf(string placement) => "placement:" + placement;
}
