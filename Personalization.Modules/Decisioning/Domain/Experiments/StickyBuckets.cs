namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>
/// What somebody was assigned to before, by attribute and value. An assignment holds for as long as its version does, whatever becomes of
/// weights and coverage meanwhile. Not thread-safe: one evaluation's own.
/// </summary>
internal sealed class StickyBuckets
{
    private readonly Dictionary<(string Attribute, string Value), Dictionary<string, string>> _assignments = [];

    /// <summary>Attributes and values with the key of the variation by experiment and version.</summary>
    public IReadOnlyDictionary<(string Attribute, string Value), Dictionary<string, string>> Assignments => _assignments;

    /// <summary>How an assignment is called: by experiment and version of its buckets.</summary>
    public static string KeyOf(string experiment, int bucketVersion) => $"{experiment}__{bucketVersion}";

    public void Load(string attribute, string value, IEnumerable<KeyValuePair<string, string>> assignments) =>
        _assignments[(attribute, value)] = new Dictionary<string, string>(assignments, StringComparer.Ordinal);

    /// <summary>The variation's key; null when there is no assignment. The attribute's own one goes before its fallback's.</summary>
    public string? Find(string key, (string Attribute, string Value) own, (string Attribute, string Value) fallback) =>
        Find(key, own) ?? Find(key, fallback);

    public void Assign((string Attribute, string Value) owner, string key, string variation)
    {
        if (!_assignments.TryGetValue(owner, out var assignments))
        {
            _assignments.Add(owner, assignments = new Dictionary<string, string>(StringComparer.Ordinal));
        }

        assignments[key] = variation;
    }

    private string? Find(string key, (string Attribute, string Value) owner) =>
        _assignments.TryGetValue(owner, out var assignments) ? assignments.GetValueOrDefault(key) : null;
}
