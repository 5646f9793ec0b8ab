using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>
/// Versions of the session neighbours: all look at the same index of sessions, each with numbers of its own. Reads of the decision path take one reference.
/// </summary>
internal sealed class NeighbourVersions(LearnedModels models, NeighbourWeights configured, IConsent consent, ErasedProfiles erased, TimeProvider time) : IVersionedModel
{
    public const string ModelName = "session-neighbours";
    private const int Answers = 20;
    private const int PopularItems = 100;

    private readonly Lock _changing = new();
    private readonly Shadow<SessionNeighbours, int[]> _shadow = ShadowOn(models.Shadows);
    private volatile Versions _current = new(1, new SessionNeighbours(models.Sessions, configured), ImmutableDictionary<int, SessionNeighbours>.Empty, null);

    public string Name => ModelName;

    public string Description => "Finds the kept sessions that have most in common with the present one, and proposes what their people went on to.";

    public IReadOnlyList<string> Limits =>
    [
        "Knows nothing of items that no kept session has, nor of shoppers who have not looked at anything yet.",
        "Learns from clicks: what is shown more is clicked more, and so proposed more.",
        "Is measured on the newest sessions, each hidden from its own question; sessions that came after it are not hidden.",
    ];

    public JsonElement Defaults => JsonSerializer.SerializeToElement(configured, NeighbourParameters.Json);

    /// <summary>What answers now where nothing else is said.</summary>
    public SessionNeighbours Live => _current.Live;

    /// <summary>What answers: the version that a placement names, or that is tried on this decision, or the live one. On the decision path.</summary>
    public (SessionNeighbours Neighbours, int Version) For(int? version, ReadOnlySpan<int> session, Guid decisionId)
    {
        var current = _current;
        if (session.Length > 0 && _shadow.IsDue)
        {
            _shadow.Ask(current.Live, session.ToArray());
        }

        if (version is { } named && current.Offered.TryGetValue(named, out var neighbours))
        {
            return (neighbours, named);
        }

        return current.Trial is { } trial && version is null && trial.Rule.Holds(decisionId, trial.Version) ? (trial.Neighbours, trial.Version) : (current.Live, current.LiveVersion);
    }

    public IReadOnlyList<FlagFault> Check(JsonElement parameters)
    {
        NeighbourParameters.Read(parameters, configured, out var faults);
        return faults;
    }

    public TrainingSet Describe()
    {
        var (sessions, from, until, ofErased, ofRefusers) = (0, long.MaxValue, long.MinValue, 0, 0);
        var state = models.Sessions.State;
        var newest = models.Sessions.Newest;
        foreach (var owner in state.Owners)
        {
            if (!SessionIndex.IsKept(owner.Serial, newest, state.Owners.Length) || IsEmpty(state, owner.Serial))
            {
                continue;
            }

            sessions++;
            (from, until) = (Math.Min(from, owner.LastMs), Math.Max(until, owner.LastMs));
            ofErased += erased.Contains(owner.Profile) ? 1 : 0;
            ofRefusers += consent.May(owner.Profile, Purposes.Train).IsAllowed ? 0 : 1;
        }

        return new TrainingSet(models.Sessions.Learnt, sessions, sessions == 0 ? null : from, sessions == 0 ? null : until, ofErased, ofRefusers);
    }

    public ModelMeasurement? Measure(JsonElement parameters, int sessions, CancellationToken cancellationToken)
    {
        var neighbours = new SessionNeighbours(models.Sessions, NeighbourParameters.Read(parameters, configured, out _));
        var measuring = new Measuring(models.Popularity.Snapshot.Popular.AsSpan(0, Math.Min(PopularItems, models.Popularity.Snapshot.Popular.Length)));
        var (items, room, scratch, filter) = (new int[SessionBlocks.Largest], new ScoredItem[Answers], new NeighbourScratch(), new ItemFilter());
        var owners = models.Sessions.State.Owners;
        var newest = models.Sessions.Newest;
        for (var serial = newest; serial > 0 && newest - serial < owners.Length && sessions > 0; serial--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var owner = owners[serial & (uint)(owners.Length - 1)];
            var count = owner.Serial == serial && consent.May(owner.Profile, Purposes.Train).IsAllowed ? models.Sessions.CopyNewest(serial, items) : 0;
            sessions -= count > 1 ? 1 : 0;
            for (var known = 1; known < count; known++)
            {
                filter.Clear();
                filter.Exclude(items[known - 1]);
                if (items[known] == items[known - 1])
                {
                    continue;
                }

                var start = time.GetTimestamp();
                var found = neighbours.Find(items.AsSpan(0, known), serial, scratch, filter, default, room);
                measuring.Add(room.AsSpan(0, found), items[known], time.GetElapsedTime(start));
            }
        }

        return measuring.Result();
    }

    public IEnumerable<JsonElement> Variations(JsonElement parameters)
    {
        var now = NeighbourParameters.Read(parameters, configured, out _);
        NeighbourWeights[] near =
        [
            now with { Neighbours = now.Neighbours / 2 }, now with { Neighbours = now.Neighbours * 2 },
            now with { QueryItems = now.QueryItems - 1 }, now with { QueryItems = now.QueryItems + 2 },
            now with { QueryDecay = now.QueryDecay * 0.7f }, now with { QueryDecay = 1 - ((1 - now.QueryDecay) * 0.7f) },
            now with { SimilarityPower = now.SimilarityPower * 0.7f }, now with { SimilarityPower = now.SimilarityPower * 1.4f },
            now with { DistanceDecay = now.DistanceDecay * 0.7f }, now with { DistanceDecay = 1 - ((1 - now.DistanceDecay) * 0.7f) },
            now with { Backward = now.Backward * 0.5f }, now with { Backward = now.Backward * 1.5f },
        ];
        return near.Distinct().Where(weights => weights != now).Select(weights => JsonSerializer.SerializeToElement(weights, NeighbourParameters.Json)).Where(json => Check(json).Count == 0);
    }

    public void Offer(int version, JsonElement parameters)
    {
        var neighbours = new SessionNeighbours(models.Sessions, NeighbourParameters.Read(parameters, configured, out _));
        lock (_changing)
        {
            _current = _current with { Offered = _current.Offered.SetItem(version, neighbours) };
        }
    }

    public void Serve(int version)
    {
        lock (_changing)
        {
            _current = _current with { LiveVersion = version, Live = _current.Offered[version] };
        }
    }

    public void Try(int? version, CanaryRule? rule)
    {
        lock (_changing)
        {
            _current = _current with { Trial = version is { } tried && rule is not null ? new Trial(tried, _current.Offered[tried], rule) : null };
        }
    }

    /// <summary>Answers name the version that their neighbours were searched by.</summary>
    public long? VersionOf(DecisionRecord decision) =>
        Array.Exists(decision.Visits, visit => visit is { Code: NeighbourSource.Code, Added: > 0 }) ? ModelVersions.VersionOf(decision.ModelVersion) : null;

    public void Shadow(int? version) => _shadow.Set(version ?? 0, version is { } shadowed ? _current.Offered[shadowed] : null);

    public ShadowReport? ReadShadow() => _shadow.Read();

    private static Shadow<SessionNeighbours, int[]> ShadowOn(ShadowQueue queue)
    {
        var (scratch, filter) = (new NeighbourScratch(), new ItemFilter());
        return new Shadow<SessionNeighbours, int[]>(queue, (neighbours, session, room) =>
        {
            filter.Clear();
            filter.Exclude(session[^1]);
            return neighbours.Find(session, 0, scratch, filter, default, room);
        });
    }

    private static bool IsEmpty(SessionIndexState state, uint serial) => Volatile.Read(ref state.Spans[serial & (uint)(state.Spans.Length - 1)]) == 0;

    private sealed record Versions(int LiveVersion, SessionNeighbours Live, ImmutableDictionary<int, SessionNeighbours> Offered, Trial? Trial);

    private sealed record Trial(int Version, SessionNeighbours Neighbours, CanaryRule Rule);
}
