using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Lists;

/// <summary>
/// Who is put on a list or taken off it, as events: identify calls of a source that nobody has a write key of, with the list in their context. So
/// they find their person as all events do, move with merges and their undoing, are found by an erasure and repeated by a replay. They
/// are no visit of the shopper: only lists are made of them.
/// </summary>
internal sealed class ListImport(ISourceDirectory sources)
{
    /// <summary>No write key can be configured for a name that begins with '$'.</summary>
    public const string SourceName = "$lists";

    public const string ContextMember = "peopleList";

    private readonly ushort _sourceId = sources.Named(SourceName).Id;

    public bool Is(TrackedEvent trackedEvent) => trackedEvent.Batch.SourceId == _sourceId;

    /// <summary>False for an event that tells of no list.</summary>
    public static bool TryRead(TrackedEvent trackedEvent, out ListEntry entry)
    {
        entry = new ListEntry("", 0, false);
        var context = trackedEvent.Text(trackedEvent.Context);
        if (context.IsEmpty)
        {
            return false;
        }

        var reader = new Utf8JsonReader(context);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals(ContextMember))
            {
                reader.Read();
                entry = JsonSerializer.Deserialize<ListEntry>(ref reader, JsonSerializerOptions.Web) ?? entry;
                return entry.Id.Length > 0;
            }
        }

        return false;
    }
}

/// <summary>Which list, which edition of its members, and whether the person is on it from here on.</summary>
internal sealed record ListEntry(string Id, long Edition, bool IsOn);
