namespace Personalization.Decisioning.Endpoints;

/// <summary>Everything that is wrong with a question, by field, so that all of it is answered at once.</summary>
internal sealed class QuestionErrors
{
    /// <summary>Entries of a list that are looked at, at most.</summary>
    public const int MaxList = 1000;
    private const int MaxExclude = 256;
    private const int MaxIdLength = 256;
    private const int MaxLimit = 100;
    private Dictionary<string, string>? _byField;

    public bool IsEmpty => _byField is null;

    public IReadOnlyDictionary<string, string> ByField => _byField ?? [];

    public void Add(string field, string error) => (_byField ??= []).TryAdd(field, error);

    public int? Limit(int? limit)
    {
        if (limit is null or < 1 or > MaxLimit)
        {
            Add("limit", $"must be a whole number from 1 to {MaxLimit}");
        }

        return limit;
    }

    public bool? NotBoolean(string field)
    {
        Add(field, "must be true or false");
        return null;
    }

    public void Check(string? userId, string? anonymousId, List<string>? items, List<string>? exclude)
    {
        CheckId("userId", userId);
        CheckId("anonymousId", anonymousId);
        CheckIds("items", items, MaxList);
        CheckIds("exclude", exclude, MaxExclude);
    }

    private void CheckIds(string field, List<string>? ids, int most)
    {
        if (ids?.Count > most)
        {
            Add(field, $"must have at most {most} entries");
        }

        foreach (var id in ids ?? [])
        {
            CheckId(field, id);
        }
    }

    private void CheckId(string field, string? id)
    {
        if (id?.Length > MaxIdLength)
        {
            Add(field, $"an id must have at most {MaxIdLength} characters");
        }
    }
}
