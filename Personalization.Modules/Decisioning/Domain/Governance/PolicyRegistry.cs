using System.Collections.Immutable;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>All policies, newest and active version in memory, every version on disk. Thread-safe.</summary>
internal sealed class PolicyRegistry
{
    private readonly IPolicyStore _store;
    private readonly TimeProvider _time;
    private readonly int _maxPolicies;
    private readonly Lock _lock = new();
    private volatile ImmutableDictionary<string, PolicyState> _policies;

    public PolicyRegistry(IPolicyStore store, GovernanceOptions options, TimeProvider time)
    {
        (_store, _time, _maxPolicies) = (store, time, options.MaxPolicies);
        _policies = store.LoadAll().ToImmutableDictionary(state => state.Newest.Id, StringComparer.Ordinal);
    }

    /// <summary>Raised after another version has become active, before whoever asked for it hears.</summary>
    public event EventHandler? Activated;

    public IEnumerable<PolicyState> All => _policies.Values.OrderBy(state => state.Newest.Id, StringComparer.Ordinal);

    public PolicyState? Find(string id) => _policies.GetValueOrDefault(id);

    public PolicyVersion? Find(string id, int version) => _store.Find(id, version);

    public IReadOnlyList<PolicyVersion> Versions(string id) => _store.Versions(id);

    /// <summary>A new version; or the newest, when it says just the same. Null when there is no room for another policy.</summary>
    public (PolicyVersion Version, bool IsNew)? Register(string id, Policy policy, string actor)
    {
        lock (_lock)
        {
            var known = Find(id);
            if (known is not null && TextOf(known.Newest.Policy) == TextOf(policy))
            {
                return (known.Newest, false);
            }

            if (known is null && _policies.Count >= _maxPolicies)
            {
                return null;
            }

            var version = new PolicyVersion(id, (known?.Newest.Version ?? 0) + 1, policy, actor, _time.GetUtcNow().ToUnixTimeMilliseconds());
            _store.Add(version);
            _policies = _policies.SetItem(id, new PolicyState(version, known?.Active, known?.Activation));
            return (version, true);
        }
    }

    /// <summary>Lets a version apply from now on, 0 for none. The same change a second time changes nothing.</summary>
    public void Activate(string id, int version, string actor, string? approver, string reason, Guid changeId)
    {
        lock (_lock)
        {
            var active = version == 0 ? null : _store.Find(id, version) ?? throw new InvalidOperationException($"{id} has no version {version}.");
            var activation = new PolicyActivation(id, version, actor, approver, reason, changeId, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (!_store.Activate(activation))
            {
                return;
            }

            _policies = _policies.SetItem(id, _policies[id] with { Active = active, Activation = activation });
        }

        Activated?.Invoke(this, EventArgs.Empty);
    }

    private static string TextOf(Policy policy) => JsonSerializer.Serialize(policy, Policy.Json);
}
