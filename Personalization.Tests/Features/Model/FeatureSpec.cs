using System.Globalization;
using System.Text.Json.Nodes;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>When events count for a feature of a world.</summary>
internal enum Span
{
    Lifetime,
    Sliding,
    Session,
}

/// <summary>A feature as an administrator declares it: what <c>docs/features.md</c> says, and nothing of the product's own form of it.</summary>
internal sealed record FeatureSpec(string Id, string Aggregate)
{
    public EventPattern Pattern { get; init; } = new([], null);

    public (ValueSource Source, string Name)? Of { get; init; }

    /// <summary>Of an affinity: an attribute of products.</summary>
    public string? By { get; init; }

    /// <summary>Of a ratio: ids of two others.</summary>
    public (string Over, string Under)? Parts { get; init; }

    public Span Window { get; init; }

    public long LengthMs { get; init; }

    /// <summary>0 for what the product takes when nothing is said, where nothing depends on it.</summary>
    public long GrainMs { get; init; }

    public long HalfLifeMs { get; init; }

    public long PerMs { get; init; }

    public int N { get; init; }

    public long? LatenessMs { get; init; }

    public bool IsOfItem { get; init; }

    /// <summary>Whether its value is a number, so that it can be compared with one.</summary>
    public bool IsNumber => Aggregate is not ("first" or "last" or "last_n" or "affinity");

    public bool Decays => Aggregate is "decayed_sum" or "affinity";

    public bool IsByLine => IsOfItem || Of?.Source == ValueSource.Product || By is not null;

    /// <summary>Whether it can be declared in the middle of a life and come out the same: what it looks back on is kept with the profile.</summary>
    public bool IsOfHistory => !IsOfItem && Window != Span.Lifetime && Parts is null;

    public JsonObject Json()
    {
        var json = new JsonObject { ["aggregate"] = Aggregate };
        if (Parts is var (over, under))
        {
            json["of"] = new JsonArray(over, under);
            return json;
        }

        json["events"] = new JsonArray([.. Pattern.Names.Select(name => JsonValue.Create(name))]);
        if (Pattern.Where is { } where)
        {
            json["where"] = ConditionJson.Write(where);
        }

        if (Of is { } of)
        {
            json["of"] = new JsonObject { [of.Source.ToString().ToLowerInvariant()] = of.Name };
        }

        if (By is not null)
        {
            json["by"] = new JsonObject { ["product"] = By };
        }

        if (!Decays)
        {
            json["window"] = Window switch { Span.Lifetime => "lifetime", Span.Session => "session", _ => Seconds(LengthMs) };
        }

        Put(json, "grain", GrainMs);
        Put(json, "halfLife", HalfLifeMs);
        Put(json, "per", PerMs);
        Put(json, "lateness", LatenessMs ?? 0);
        if (N > 0)
        {
            json["n"] = N;
        }

        if (IsOfItem)
        {
            json["key"] = "item";
        }

        return json;
    }

    public override string ToString() => $"{Id} as {Json().ToJsonString()}";

    private static void Put(JsonObject json, string name, long ms)
    {
        if (ms > 0)
        {
            json[name] = Seconds(ms);
        }
    }

    private static string Seconds(long ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1_000}s");
}
