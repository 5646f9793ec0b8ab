using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>Unpacks a copy of a profile into the caller's view: newest first, heaviest first.</summary>
internal static class ProfileViewWriter
{
    public static void Write(
        ref readonly ProfileState state, ReadOnlySpan<ulong> recents, RecentItems.KindCounts counts, double affinityScale, ProfileView view)
    {
        for (var kind = RecentKind.Viewed; kind <= RecentKind.Purchased; kind++)
        {
            var count = counts[(int)kind];
            Unpack(recents[..count], view.RecentBuffer(kind));
            view.SetRecentCount(kind, count);
            recents = recents[count..];
        }

        view.SetAffinityCounts(
            state.Categories.CopyTo(view.CategoryBuffer, affinityScale), state.Brands.CopyTo(view.BrandBuffer, affinityScale));
        view.Counters = state.Counters;
        ref readonly var session = ref state.Sessions.Current;
        view.SessionNumber = session.Number;
        view.SessionStartMs = session.StartMs;
        view.LastEventMs = session.LastMs;
        view.SessionEvents = session.Events;
    }

    private static void Unpack(ReadOnlySpan<ulong> oldestFirst, Span<RecentItem> newestFirst)
    {
        for (var i = 0; i < oldestFirst.Length; i++)
        {
            var packed = oldestFirst[^(i + 1)];
            newestFirst[i] = new RecentItem(PackedEntry.NumberOf(packed), PackedEntry.TimeOf(packed));
        }
    }
}
