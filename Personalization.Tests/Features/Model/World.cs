using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Tests.Features.Model;

/// <summary>One thing that happens in a world. Printed, it says what to do by hand.</summary>
internal abstract record Happening;

/// <summary>Events come in one request.</summary>
internal sealed record Sends(IReadOnlyList<SentEvent> Events) : Happening
{
    public override string ToString() => "send " + string.Join("; ", Events);
}

/// <summary>One event of a request.</summary>
/// <param name="Number">Names its message, so that it can come twice.</param>
/// <param name="User">Whose, or null.</param>
/// <param name="Anonymous">From which browser, or null.</param>
/// <param name="AgeMs">How long before its arrival it happened.</param>
/// <param name="What">What happened; its time and place are not known yet.</param>
internal sealed record SentEvent(int Number, string? User, string? Anonymous, long AgeMs, PastEvent What)
{
    /// <summary>What is said about consent with it: null for nothing.</summary>
    public bool? Profile { get; init; }

    public bool? Personalise { get; init; }

    /// <summary>Traits, when it is a call of identify.</summary>
    public IReadOnlyDictionary<string, object?>? Traits { get; init; }

    public override string ToString() =>
        $"#{Number} {(Traits is null ? What.Name : "identify")} by {User ?? "-"}/{Anonymous ?? "-"} {AgeMs / 1_000} s ago"
        + string.Concat(What.Properties.Select(property => $" {property.Key}={property.Value}"))
        + string.Concat(What.Lines.Select(line => $" [{line.Id} {line.Category} {line.Price} x{line.Quantity}]"))
        + (What.Revenue is { } revenue ? $" revenue={revenue}" : "")
        + string.Concat((Traits ?? new Dictionary<string, object?>()).Select(trait => $" {trait.Key}={trait.Value ?? "null"}"))
        + (Profile is { } profile ? $" profile={profile}" : "") + (Personalise is { } personalise ? $" personalise={personalise}" : "");
}

/// <summary>Events of the past are imported.</summary>
internal sealed record Imports(IReadOnlyList<SentEvent> Events) : Happening
{
    public override string ToString() => "import " + string.Join("; ", Events);
}

/// <summary>Members of the one list are uploaded: <c>add</c>, <c>remove</c> or <c>replace</c>.</summary>
internal sealed record Uploads(string Mode, IReadOnlyList<string> Users) : Happening
{
    public const string Name = "friends";

    public override string ToString() => $"{Mode} on the list {string.Join(' ', Users)}";
}

/// <summary>Nothing happens for a while.</summary>
internal sealed record Passes(long Ms) : Happening
{
    public override string ToString() => $"pass {Ms / 1_000} s";
}

/// <summary>A segment is defined, or a new version of it, and put to use at once or not.</summary>
internal sealed record Defines(string Segment, Condition Condition, bool IsActivated) : Happening
{
    public override string ToString() => $"define {Segment}{(IsActivated ? "" : " beside the live one")} as {ConditionJson.Text(Condition)}";
}

/// <summary>A version of a segment takes the place of the live one: the last one, or the one before.</summary>
internal sealed record Activates(string Segment, int VersionsBack) : Happening
{
    public override string ToString() => $"activate {Segment}, {VersionsBack} versions before the last";
}

/// <summary>A segment is deleted.</summary>
internal sealed record Deletes(string Segment) : Happening
{
    public override string ToString() => $"delete {Segment}";
}

/// <summary>Features are declared.</summary>
internal sealed record Declares(IReadOnlyList<FeatureSpec> Specs) : Happening
{
    public override string ToString() => "declare " + string.Join("; ", Specs);
}

/// <summary>A funnel is built, or another version of it.</summary>
internal sealed record Builds(FunnelDefinition Funnel) : Happening
{
    public override string ToString() => $"build {Funnel.Id} as {FunnelJson.Write(Funnel).ToJsonString()}";
}

/// <summary>An administrator says that two users are one.</summary>
internal sealed record Joins(string From, string Into) : Happening
{
    public override string ToString() => $"join {From} to {Into}";
}

/// <summary>An administrator says that a merge was wrong.</summary>
/// <param name="Which">Of the merges that there are by then, counted round.</param>
internal sealed record Parts(int Which) : Happening
{
    public override string ToString() => $"part what was merged as number {Which}";
}

/// <summary>All state is written down, beside what is in the log.</summary>
internal sealed record Checkpoints : Happening
{
    public override string ToString() => "checkpoint";
}

/// <summary>The process ends and another starts on what is on disk.</summary>
internal sealed record Restarts(RestartKind Kind) : Happening
{
    public override string ToString() => $"restart {Kind}";
}

internal enum RestartKind
{
    /// <summary>It stops in order.</summary>
    InOrder,

    /// <summary>The files are taken as they are while it runs.</summary>
    Killed,

    /// <summary>Killed, and nothing is left but the log.</summary>
    LogOnly,
}

/// <summary>A history to be lived through.</summary>
internal sealed record World(int Seed, int Partitions, IReadOnlyList<Happening> History)
{
    public override string ToString() =>
        $"world {Seed}, {Partitions} partitions\n" + string.Join('\n', History.Select((happening, step) => $"  {step,3} {happening}"));
}
