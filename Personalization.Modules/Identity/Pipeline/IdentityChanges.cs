using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// What an administrative change does. Decides by the state at its place in the log alone, so that a replay does the same; what has become
/// impossible between request and application changes nothing. At rest only, on the sequencer's thread.
/// </summary>
internal sealed class IdentityChanges(
    IdentityMap map, GraphWriter graph, PendingMerges pending, IdentityRules rules, MergeHistory history, ProfileTimeline timeline, IProfileRebuild rebuild, MergeAnnouncer announcer)
{
    /// <summary>Null when it was done, else why nothing was.</summary>
    public ValueTask<string?> ApplyAsync(IdentityChange change, long offset, CancellationToken cancellationToken) => change.Kind switch
    {
        IdentityChangeKind.Merge => ValueTask.FromResult(Merge(change, offset)),
        IdentityChangeKind.Unmerge => UnmergeAsync(change, offset, cancellationToken),
        IdentityChangeKind.Split => SplitAsync(change, offset, cancellationToken),
        _ => ValueTask.FromResult<string?>("a later version knows this kind"),
    };

    private string? Merge(IdentityChange change, long offset)
    {
        var (from, into) = (Person(change.Profile), Person(change.Other));
        if (from < 0 || into < 0 || from == into)
        {
            return "the profiles are not two people";
        }

        if (!change.IsForced && map.IsKnownUser(from) && map.IsKnownUser(into))
        {
            return "both are known users";
        }

        // While they are two, since a pair is found by the person that each of it belongs to.
        history.Lift(from, into);
        graph.Merge(new PendingMerge(0, from, into, default, offset, change.AtMs, 1, LinkRule.Administrative, 0), from, into, offset);
        pending.Follow(from, into);
        rebuild.Merge(from, into);
        timeline.Note(from, offset);
        announcer.Announce(new ProfilesMerged(from, into, offset));
        return null;
    }

    private async ValueTask<string?> UnmergeAsync(IdentityChange change, long offset, CancellationToken cancellationToken)
    {
        var profile = Home(change.Profile);
        var parent = map.MergedInto(profile);
        if (profile < 0 || parent < 0)
        {
            return "the profile is not merged";
        }

        var person = map.Canonical(profile);
        var everyone = map.GroupOf(person);
        graph.Cut(profile, offset, change.AtMs);
        pending.FindPeopleAnew();
        history.Sever(profile, parent);
        timeline.Note(profile, offset);
        timeline.Note(person, offset);
        await rebuild.RebuildAsync(new PersonRebuild(everyone, map, timeline, history, rules), cancellationToken);
        announcer.Announce(new ProfilesUnmerged(profile, person, offset));
        return null;
    }

    private async ValueTask<string?> SplitAsync(IdentityChange change, long offset, CancellationToken cancellationToken)
    {
        var person = Person(change.Profile);
        var everyone = person < 0 ? [] : map.GroupOf(person);
        var moved = change.Keys.Where(key => everyone.Contains(map.BoundTo(key.Key))).ToList();
        if (moved.Count == 0)
        {
            return "none of the identifiers is the person's";
        }

        var split = map.Create();
        foreach (var (key, _) in moved)
        {
            var home = map.BoundTo(key);
            graph.Move(key, split, offset, change.AtMs);
            history.Sever(split, home);
        }

        timeline.Note(split, offset);
        timeline.Note(person, offset);
        everyone.Add(split);
        var plan = new PersonRebuild(everyone, map, timeline, history, rules, split);
        await rebuild.RebuildAsync(plan, cancellationToken);
        foreach (var (home, offsets) in plan.Moved)
        {
            timeline.Move(home, split, [.. offsets]);
        }

        announcer.Announce(new ProfilesUnmerged(split, person, offset));
        return null;
    }

    private int Home(ProfileRef profile) =>
        profile.Key != default ? map.BoundTo(profile.Key)
        : profile.Number < map.Count ? profile.Number
        : -1;

    private int Person(ProfileRef profile) => Home(profile) is var home and >= 0 ? map.Canonical(home) : -1;
}
