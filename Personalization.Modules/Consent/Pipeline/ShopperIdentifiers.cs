using System.Text.Json;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>
/// Finds an identifier by which an event can be written for a profile: the maps hold hashes only, so it is read out of the person's newest
/// events. Reads disk: for administrators.
/// </summary>
internal sealed class ShopperIdentifiers(IPersonDirectory people, IProfileDirectory profiles, IProfileTimeline timeline, IEventReader events)
{
    /// <summary>Newest events that are looked at: nearly always the first tells.</summary>
    private const int MaxEvents = 100;

    /// <returns>Null when no event is left that tells, or none that still leads to this person.</returns>
    public async Task<(string UserId, string AnonymousId)?> FindAsync(int profileId, CancellationToken cancellationToken)
    {
        (string UserId, string AnonymousId)? found = null;
        var offsets = timeline.Offsets(people.GroupOf(profileId)).TakeLast(MaxEvents).ToList();
        await foreach (var stored in events.ReadAsync(offsets, cancellationToken))
        {
            var json = StoredJson.Parse(stored.Json.Span);
            var (userId, anonymousId) = (TextOf(json, "userId"), TextOf(json, "anonymousId"));
            if (profiles.Find(userId, anonymousId) == profiles.Canonical(profileId))
            {
                found = (userId, anonymousId);
            }
        }

        return found;
    }

    private static string TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Number => value.GetRawText(),
                _ => "",
            }
            : "";
}
