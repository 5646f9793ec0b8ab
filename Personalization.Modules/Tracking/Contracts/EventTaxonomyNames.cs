using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tracking.Contracts;

/// <summary>What names of events mean, for modules that let a shop write such names down.</summary>
public static class EventTaxonomyNames
{
    private static readonly string[] Names = [.. Enum.GetValues<EventKind>().Select(SchemaSubject.NameOf)];

    /// <summary>What a track call of this name means, in any usual spelling; <see cref="EventKind.Other"/> outside the taxonomy. Does not allocate.</summary>
    public static EventKind KindOf(ReadOnlySpan<byte> name) => EventTaxonomy.KindOf(name);

    /// <summary>The taxonomy's own name, as Segment writes it: <c>Product Added to Wishlist</c>. Does not allocate.</summary>
    public static string NameOf(EventKind kind) => Names[(int)kind];
}
