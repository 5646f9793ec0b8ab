using System.Text.Json;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>The members of one JSON object. Each must be asked for; what nobody asks for, or stands there twice, is a fault.</summary>
internal sealed class Members
{
    private readonly Dictionary<string, JsonElement> _all = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Faults _faults;

    private Members(string path, Faults faults) => (Path, _faults) = (path, faults);

    public string Path { get; }

    /// <summary>Null, with a fault, when it is no object.</summary>
    public static Members? Of(JsonElement json, string path, Faults faults, string what)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, $"Must be {what}, as a JSON object.");
            return null;
        }

        var members = new Members(path, faults);
        foreach (var member in json.EnumerateObject())
        {
            members.Add(member);
        }

        return members;
    }

    /// <summary>A pointer to a member (RFC 6901).</summary>
    public string PathOf(string name) => Append(Path, name);

    public static string Append(string path, string token) =>
        $"{path}/{token.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public bool Has(string name) => _all.ContainsKey(name);

    public bool TryTake(string name, out JsonElement value)
    {
        _taken.Add(name);
        return _all.TryGetValue(name, out value);
    }

    /// <summary>A member that must be there.</summary>
    public bool Require(string name, string what, out JsonElement value)
    {
        if (TryTake(name, out value))
        {
            return true;
        }

        _faults.Add(Path, $"Lacks '{name}': {what}.");
        return false;
    }

    /// <summary>Tells of members that nobody asked for, with those that might have been meant.</summary>
    public void Finish()
    {
        foreach (var name in _all.Keys.Where(name => !_taken.Contains(name)))
        {
            _faults.Add(PathOf(name), $"Means nothing here; known are {string.Join(", ", _taken.Order(StringComparer.Ordinal))}.");
        }
    }

    private void Add(JsonProperty member)
    {
        try
        {
            if (!_all.TryAdd(member.Name, member.Value))
            {
                _faults.Add(PathOf(member.Name), "Stands there twice.");
            }
        }
        catch (InvalidOperationException)
        {
            _faults.Add(Path, "Has a member whose name holds half a surrogate pair, which is no text.");
        }
    }
}
