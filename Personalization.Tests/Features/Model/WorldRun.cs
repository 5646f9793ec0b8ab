using System.Text.Json.Nodes;
using Personalization.Features.Contracts;

namespace Personalization.Tests.Features.Model;

/// <summary>A world is lived through, step by step, by a shop and by the chronicle; where they differ it stops and says so.</summary>
internal sealed class WorldRun : IAsyncDisposable
{
    private readonly WorldShop _shop;
    private readonly Chronicle _chronicle = new();
    private readonly Dictionary<string, int> _profiles = [];

    /// <summary>Whose each identifier was when it first came: there its events go when a merge is taken back.</summary>
    private readonly Dictionary<string, int> _homes = [];
    private int _strikes;

    private WorldRun(WorldShop shop) => _shop = shop;

    /// <returns>Null when they never differ; else what differs first, and at which step.</returns>
    public static async Task<(int Step, string Difference)?> LiveAsync(World world)
    {
        await using var run = new WorldRun(await WorldShop.StartAsync(world));
        for (var step = 0; step < world.History.Count; step++)
        {
            await run.HappenAsync(world.History[step]);
            if ((run.Differs() ?? await run.DiffersInFeedAsync()) is { } difference)
            {
                return (step, difference);
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => _shop.DisposeAsync();

    private async Task HappenAsync(Happening happening)
    {
        switch (happening)
        {
            case Sends sends:
                await _shop.SendAsync(sends.Events);
                _chronicle.Elapse(_shop.NowMs);
                sends.Events.ToList().ForEach(sent => Take(sent, isHistorical: false));
                break;
            case Imports imports:
                await _shop.ImportAsync(imports.Events);
                _chronicle.Elapse(_shop.NowMs);
                imports.Events.ToList().ForEach(sent => Take(sent, isHistorical: true));
                break;
            case Uploads uploads:
                await StrikeAsync();
                await _shop.UploadAsync(uploads);
                _chronicle.Upload(uploads, user => (Meet(user, null), _homes[user]));
                break;
            case Passes passes:
                await _shop.PassAsync(passes.Ms);
                _chronicle.Elapse(_shop.NowMs);
                break;
            case Defines defines:
                await StrikeAsync();
                await _shop.DefineAsync(defines);
                _chronicle.Define(defines.Segment, defines.Condition, defines.IsActivated);
                break;
            case Activates activates when _chronicle.VersionsOf(activates.Segment) - activates.VersionsBack is var version and > 0:
                await StrikeAsync();
                await ActivateAsync(activates.Segment, version);
                break;
            case Deletes deletes when _chronicle.LiveVersionOf(deletes.Segment) > 0:
                await StrikeAsync();
                await _shop.DeleteAsync(deletes.Segment);
                _chronicle.Activate(deletes.Segment, 0);
                break;
            case Declares declares:
                await _shop.DeclareAsync(declares.Specs);
                declares.Specs.ToList().ForEach(_chronicle.Declare);
                break;
            case Builds builds:
                await StrikeAsync();
                await _shop.BuildAsync(builds.Funnel);
                _chronicle.Build(builds.Funnel);
                break;
            case Joins joins when _profiles.TryGetValue(joins.From, out var from) && _profiles.TryGetValue(joins.Into, out var into) && from != into:
                await StrikeAsync();
                await _shop.ChangeAsync(into, "merge", new JsonObject { ["from"] = from, ["force"] = true });
                Follow();
                break;
            case Parts parts when _chronicle.MergedProfiles is { Count: > 0 } merged:
                await StrikeAsync();
                var parted = merged[parts.Which % merged.Count];
                await _shop.ChangeAsync(_chronicle.PersonOfHome(parted), "unmerge", new JsonObject { ["profileId"] = parted });
                _chronicle.Part(parted);
                Follow();
                break;
            case Checkpoints:
                await _shop.CheckpointAsync();
                break;
            case Restarts restarts:
                await _shop.RestartAsync(restarts.Kind);
                break;
        }
    }

    /// <summary>Somebody does something that nobody asks about: definitions change at the log's clock, which has come to now by it.</summary>
    private async Task StrikeAsync()
    {
        var strike = new SentEvent(--_strikes, "user-clock", null, 0, new PastEvent(0, 0, "Clock Struck"));
        await _shop.SendAsync([strike]);
        _chronicle.Elapse(_shop.NowMs);
        Take(strike, isHistorical: false);
    }

    private async Task ActivateAsync(string segment, int version)
    {
        var live = await _shop.ActivateAsync(segment, version);
        if (live > _chronicle.VersionsOf(segment))
        {
            // It was not prepared any more and got a number of its own.
            _chronicle.PutAgain(segment, version);
        }

        _chronicle.Activate(segment, live);
    }

    private void Take(SentEvent sent, bool isHistorical)
    {
        var profileId = Meet(sent.User, sent.Anonymous);
        if (_chronicle.HasCome(sent.Number))
        {
            return;
        }

        _chronicle.Apply(sent, profileId, _homes[sent.User ?? sent.Anonymous!], isHistorical);
    }

    /// <summary>Somebody comes. Who is who is taken from the shop: identity has tests of its own.</summary>
    private int Meet(string? user, string? anonymous)
    {
        // A browser that somebody names beside themselves need not be taken for theirs: then it is nobody's yet.
        foreach (var identifier in new[] { user, anonymous }.OfType<string>().Where(identifier => !_homes.ContainsKey(identifier) && ProfileOf(identifier) >= 0))
        {
            // One that first comes with somebody came to them, whoever they were merged into by then.
            _profiles[identifier] = ProfileOf(identifier);
            _homes[identifier] = user is not null && _homes.TryGetValue(user, out var home) && _profiles[user] == _profiles[identifier] ? home : _profiles[identifier];
        }

        Follow();
        return _shop.ProfileOf(user, anonymous);
    }

    /// <summary>Whoever turned out to be another since is so in the chronicle as well.</summary>
    private void Follow()
    {
        foreach (var identifier in _profiles.Keys.Order(StringComparer.Ordinal).ToList())
        {
            var (before, now) = (_chronicle.PersonOfHome(_homes[identifier]), ProfileOf(identifier));
            if (before != now)
            {
                _chronicle.Merge(before, now);
            }

            _profiles[identifier] = now;
        }

        if (_profiles.FirstOrDefault(profile => _chronicle.PersonOfHome(_homes[profile.Key]) != profile.Value) is { Key: not null } lost)
        {
            throw new NotSupportedException($"{lost.Key} is {lost.Value} and ought to be {_chronicle.PersonOfHome(_homes[lost.Key])}.");
        }
    }

    private int ProfileOf(string identifier) =>
        identifier.StartsWith("user", StringComparison.Ordinal) ? _shop.ProfileOf(identifier, null) : _shop.ProfileOf(null, identifier);

    private string? Differs()
    {
        foreach (var spec in _chronicle.Features)
        {
            var differences = spec.IsOfItem
                ? _shop.Items.Select(item => DiffersIn(spec, $"of {item}", _chronicle.ValuesOf(spec, item), _shop.ValuesOf(spec, item)))
                : _chronicle.ProfileIds.Select(profileId => DiffersIn(spec, $"of {profileId}", _chronicle.ValuesOf(spec, profileId), _shop.ValuesOf(spec, profileId))
                    is { } found ? $"{found}\n{Describe(profileId)}" : null);
            if (differences.FirstOrDefault(difference => difference is not null) is { } difference)
            {
                return difference;
            }
        }

        foreach (var funnel in _chronicle.Funnels)
        {
            foreach (var profileId in _chronicle.ProfileIds)
            {
                var (ought, found) = (OracleFunnels.Stage(funnel, _chronicle.PersonOf(profileId), _chronicle.NowMs), _shop.StageOf(funnel.Id, profileId));
                if (ought != found)
                {
                    return $"{profileId} stands at {found} and ought to at {ought} of {funnel.Id}, {FunnelJson.Write(funnel).ToJsonString()}, at {At(_chronicle.NowMs)}\n{Describe(profileId)}";
                }
            }
        }

        return DiffersInSegments();
    }

    /// <summary>A list is the same one after the other; one value is one of those that it may be.</summary>
    private string? DiffersIn(FeatureSpec spec, string whose, IReadOnlyList<object?> ought, IReadOnlyList<object?> found)
    {
        var isSame = spec.Aggregate == "last_n"
            ? ought.Count == found.Count && ought.Zip(found).All(pair => IsSame(pair.First, pair.Second))
            : found.Count == 1 && ought.Any(value => IsSame(value, found[0]));
        return isSame ? null : $"{spec} {whose} is [{string.Join(", ", found)}] and ought to be [{string.Join(", ", ought)}] at {At(_chronicle.NowMs)}";

        // What decays is in fixed point; all else is the same number.
        bool IsSame(object? one, object? other) => one is double a && other is double b && spec.Decays ? Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a)) : Equals(one, other);
    }

    private string Describe(int profileId)
    {
        var person = _chronicle.PersonOf(profileId);
        return string.Join('\n', Oracle.InOrder(person).Select(happened =>
                $"  {At(happened.TimeMs)} #{happened.Place} {happened.Name} session {happened.Session} {string.Join(' ', happened.Properties)} {string.Join(' ', happened.Lines)} {happened.Revenue}"))
            + "\n  " + string.Join(' ', person.Traits);
    }

    private string? DiffersInSegments()
    {
        foreach (var segment in _chronicle.LiveSegments)
        {
            var number = _shop.Segments.Find(segment);
            if (number < 0)
            {
                return $"{segment} is not live.";
            }

            foreach (var profileId in _chronicle.ProfileIds.Where(profileId => _shop.Segments.IsMember(number, profileId) != _chronicle.IsMember(segment, profileId)))
            {
                return $"{profileId} {(_chronicle.IsMember(segment, profileId) ? "ought to be" : "is, and ought not to be,")} in {segment} at {At(_chronicle.NowMs)}: "
                    + ConditionJson.Text(_chronicle.ConditionOf(segment)) + "\n" + Describe(profileId);
            }

            var count = _chronicle.ProfileIds.Count(profileId => _chronicle.IsMember(segment, profileId));
            if (_shop.Segments.Count(number) != count)
            {
                return $"{segment} counts {_shop.Segments.Count(number)} members where there are {count}.";
            }
        }

        return null;
    }

    private async Task<string?> DiffersInFeedAsync()
    {
        var told = await _shop.ChangesAsync();
        if (told.GroupBy(change => change.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            return $"Two changes are called {twice.Key}.";
        }

        var expected = Net(_chronicle.Told);
        var found = Net(told.Select(change => change.Change));
        foreach (var key in expected.Keys.Union(found.Keys).Order())
        {
            var (ought, was) = (expected.GetValueOrDefault(key, []), found.GetValueOrDefault(key, []));
            if (!ought.SequenceEqual(was))
            {
                return $"Of {key.ProfileId} in {key.Segment} ought to be told\n  {string.Join("\n  ", ought.Select(Say))}\nand was\n  {string.Join("\n  ", was.Select(Say))}";
            }
        }

        return null;
    }

    /// <summary>
    /// Of each profile and segment in order. What comes and goes at one and the same time may be told or not: an event that merges profiles is one
    /// step for the one and two for the other. Who did it then may be either, too.
    /// </summary>
    private static Dictionary<(string Segment, int ProfileId), List<(long AtMs, bool IsMember, string Cause)>> Net(IEnumerable<ToldChange> changes)
    {
        var net = new Dictionary<(string Segment, int ProfileId), List<(long AtMs, bool IsMember, string Cause)>>();
        foreach (var change in changes)
        {
            var key = (change.Segment, change.ProfileId);
            if (!net.TryGetValue(key, out var list))
            {
                net[key] = list = [];
            }

            if (list.Count > 0 && list[^1].AtMs == change.AtMs && list[^1].IsMember != change.IsMember)
            {
                list.RemoveAt(list.Count - 1);
            }
            else
            {
                list.Add((change.AtMs, change.IsMember, change.Cause == MembershipCause.Time ? "time" : "somebody"));
            }
        }

        return net;
    }

    private static string Say((long AtMs, bool IsMember, string Cause) change) => $"{(change.IsMember ? "in" : "out")} at {At(change.AtMs)} by {change.Cause}";

    private static string At(long ms) => $"{(ms - ConditionMaker.StartMs) / 1_000.0:0.000}";
}
