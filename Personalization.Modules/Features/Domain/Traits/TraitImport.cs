using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Traits;

/// <summary>
/// What somebody else says of the shop's people, as events: identify calls of a source that nobody has a write key of, with who says it, on which
/// terms and until when in their context. So they stand in the log, are found by an erasure and repeated by a replay like all else, but
/// nobody from outside can claim another's word. They are no visit of the shopper, so only traits are made of them.
/// </summary>
internal sealed class TraitImport(ISourceDirectory sources, TraitNames names)
{
    /// <summary>No write key can be configured for a name that begins with '$'.</summary>
    public const string SourceName = "$traits";

    private readonly ushort _sourceId = sources.Named(SourceName).Id;

    public bool Is(TrackedEvent trackedEvent) => trackedEvent.Batch.SourceId == _sourceId;

    /// <summary>Gives source and licence their number. Sequencer only.</summary>
    public void Resolve(TrackedEvent trackedEvent)
    {
        if (TryRead(trackedEvent, out var terms))
        {
            names.ResolveSource(terms.Source, terms.Licence);
        }
    }

    /// <summary>False when the event does not tell, or there are too many sources: then nothing of it is kept.</summary>
    public bool TryFind(TrackedEvent trackedEvent, out int source, out long expiresAtMs)
    {
        (source, expiresAtMs) = (-1, 0);
        if (TryRead(trackedEvent, out var terms))
        {
            source = names.FindSource(terms.Source, terms.Licence);
            expiresAtMs = terms.ExpiresAtMs;
        }

        return source > 0;
    }

    private static bool TryRead(TrackedEvent trackedEvent, out TraitTerms terms)
    {
        terms = new TraitTerms("", "", 0);
        var context = trackedEvent.Text(trackedEvent.Context);
        if (context.IsEmpty)
        {
            return false;
        }

        var reader = new Utf8JsonReader(context);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("thirdParty"u8))
            {
                reader.Read();
                terms = JsonSerializer.Deserialize<TraitTerms>(ref reader, JsonSerializerOptions.Web) ?? terms;
                return terms is { Source.Length: > 0, Licence.Length: > 0 };
            }
        }

        return false;
    }
}

/// <summary>Who says something of the shop's people, and on which terms.</summary>
/// <param name="Source">Who: 1 to 64 characters.</param>
/// <param name="Licence">What allows its use: 1 to 128 characters.</param>
/// <param name="ExpiresAtMs">Unix ms from which it is not known any more.</param>
internal sealed record TraitTerms(string Source, string Licence, long ExpiresAtMs);
