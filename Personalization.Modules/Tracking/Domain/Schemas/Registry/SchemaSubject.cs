using System.Text;
using System.Text.RegularExpressions;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>
/// What a schema is for: the track calls of one name, or all calls of one other kind. Names of the taxonomy are one subject in every
/// spelling and under every alias; any other name counts letter by letter.
/// </summary>
/// <param name="Name">The taxonomy's own name, for example <c>Product Viewed</c>; the name itself; or <c>$identify</c> and its kin.</param>
/// <param name="Type">The call.</param>
/// <param name="Kind">What a track call means; <see cref="EventKind.Other"/> for a name outside the taxonomy.</param>
internal sealed partial record SchemaSubject(string Name, EventType Type, EventKind Kind)
{
    /// <summary>Null for a name that no event can have: an empty one, one that is too long, and <c>$alias</c>, whose calls carry nothing.</summary>
    public static SchemaSubject? Parse(string name)
    {
        switch (name)
        {
            case "$identify":
                return new SchemaSubject(name, EventType.Identify, EventKind.Other);
            case "$page":
                return new SchemaSubject(name, EventType.Page, EventKind.Other);
            case "$screen":
                return new SchemaSubject(name, EventType.Screen, EventKind.Other);
            case "$group":
                return new SchemaSubject(name, EventType.Group, EventKind.Other);
            case "$alias":
                return null;
        }

        var utf8 = Encoding.UTF8.GetBytes(name);
        if (utf8.Length is 0 or > ParserLimits.TextBytes)
        {
            return null;
        }

        var kind = EventTaxonomy.KindOf(utf8);
        return new SchemaSubject(kind == EventKind.Other ? name : NameOf(kind), EventType.Track, kind);
    }

    /// <summary>As Segment writes it: <c>Product Added to Wishlist</c>.</summary>
    public static string NameOf(EventKind kind) =>
        Words().Replace(kind.ToString(), " ").Replace(" To ", " to ", StringComparison.Ordinal).Replace(" From ", " from ", StringComparison.Ordinal);

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Words();
}
