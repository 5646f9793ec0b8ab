namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>What somebody was assigned to before.</summary>
internal interface IStickyBuckets
{
    /// <summary>The variation's key; null when there is no assignment. The attribute's own one goes before its fallback's.</summary>
    /// <param name="experiment">That asks.</param>
    /// <param name="bucketVersion">Of the assignment.</param>
    /// <param name="own">The attribute that is hashed, and its value.</param>
    /// <param name="fallback">Its fallback's; the same when there is none.</param>
    string? Find(Experiment experiment, int bucketVersion, (string Attribute, string Value) own, (string Attribute, string Value) fallback);

    /// <summary>Keeps an assignment under the experiment's present version.</summary>
    void Assign(Experiment experiment, (string Attribute, string Value) owner, string variation);
}

/// <summary>
/// What somebody was assigned to before, by attribute and value, as GrowthBook's SDKs keep it. An assignment holds for as long as its version does, whatever becomes of
/// weights and coverage meanwhile. Not thread-safe: one evaluation's own.
/// </summary>
internal sealed class StickyBuckets : IStickyBuckets
{
    private readonly Dictionary<(string Attribute, string Value), Dictionary<string, string>> _assignments = [];

    /// <summary>Attributes and values with the key of the variation by experiment and version.</summary>
    public IReadOnlyDictionary<(string Attribute, string Value), Dictionary<string, string>> Assignments => _assignments;

    /// <summary>How an assignment is called: by experiment and version of its buckets.</summary>
    public static string KeyOf(string experiment, int bucketVersion) => $"{experiment}__{bucketVersion}";

    public void Load(string attribute, string value, IEnumerable<KeyValuePair<string, string>> assignments) =>
        _assignments[(attribute, value)] = new Dictionary<string, string>(assignments, StringComparer.Ordinal);

    public string? Find(Experiment experiment, int bucketVersion, (string Attribute, string Value) own, (string Attribute, string Value) fallback) =>
        Find(KeyOf(experiment.Key, bucketVersion), own) ?? Find(KeyOf(experiment.Key, bucketVersion), fallback);

    public void Assign(Experiment experiment, (string Attribute, string Value) owner, string variation)
    {
        if (!_assignments.TryGetValue(owner, out var assignments))
        {
            _assignments.Add(owner, assignments = new Dictionary<string, string>(StringComparer.Ordinal));
        }

        assignments[KeyOf(experiment.Key, experiment.BucketVersion)] = variation;
    }

    private string? Find(string key, (string Attribute, string Value) owner) =>
        _assignments.TryGetValue(owner, out var assignments) ? assignments.GetValueOrDefault(key) : null;
}
