using Personalization.Features.Contracts;

namespace Personalization.Tests.Features.Model;

/// <summary>A world is lived through, step by step, by a shop and by the chronicle; where they differ it stops and says so.</summary>
internal sealed class WorldRun : IAsyncDisposable
{
    private readonly WorldShop _shop;
    private readonly Chronicle _chronicle = new();
    private readonly Dictionary<string, int> _browsers = [];
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
                _chronicle.Upload(uploads, user => _browsers[user] = _shop.ProfileOf(user, null));
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

    /// <summary>Who is who is taken from the shop: identity has tests of its own.</summary>
    private void Take(SentEvent sent, bool isHistorical)
    {
        var now = _shop.ProfileOf(sent.User, sent.Anonymous);
        foreach (var identifier in new[] { sent.User, sent.Anonymous }.OfType<string>())
        {
            if (_browsers.TryGetValue(identifier, out var before) && before != now)
            {
                _chronicle.Merge(before, now);
                foreach (var other in _browsers.Where(other => other.Value == before).Select(other => other.Key).ToList())
                {
                    _browsers[other] = now;
                }
            }

            _browsers[identifier] = now;
        }

        _chronicle.Apply(sent, now, isHistorical);
    }

    private string? Differs()
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
                var person = _chronicle.PersonOf(profileId);
                return $"{profileId} {(_chronicle.IsMember(segment, profileId) ? "ought to be" : "is, and ought not to be,")} in {segment} at {At(_chronicle.NowMs)}: "
                    + ConditionJson.Text(_chronicle.ConditionOf(segment)) + "\n"
                    + string.Join('\n', Oracle.InOrder(person).Select(happened => $"  {At(happened.TimeMs)} {happened.Name} {string.Join(' ', happened.Properties)} {string.Join(' ', happened.Lines)} {happened.Revenue}"))
                    + "\n  " + string.Join(' ', person.Traits);
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
