using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Decisioning.Domain.Experiments;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>What became of a change of a model's versions.</summary>
/// <param name="Version">The version; null when the change was refused.</param>
/// <param name="Faults">Why it was refused; empty when something does not exist.</param>
internal sealed record ModelOutcome(ModelVersion? Version, IReadOnlyList<FlagFault> Faults)
{
    public static ModelOutcome Refused(string pointer, string detail) => new(null, [new FlagFault(pointer, detail)]);
}

/// <summary>
/// Versions of all models that have any: made by people, measured against the live one, served when their gates are open or somebody says why not, and taken
/// back with one call. On disk first; one change at a time.
/// </summary>
internal sealed partial class ModelRegistry : ITriesVersions
{
    public const int MaxVersions = 1_000;
    private const int KeptBefore = 20;

    /// <summary>Who changes something when a model has drifted.</summary>
    private const string Drift = "drift";
    private readonly Lock _lock = new();
    private readonly IModelVersionStore _store;
    private readonly ModelLifeOptions _options;
    private readonly TimeProvider _time;
    private volatile ImmutableSortedDictionary<string, Known> _models = ImmutableSortedDictionary.Create<string, Known>(StringComparer.Ordinal);

    public ModelRegistry(IEnumerable<IVersionedModel> models, IModelVersionStore store, ModelLifeOptions options, TimeProvider time)
    {
        (_store, _options, _time) = (store, options, time);
        foreach (var model in models)
        {
            Add(model);
        }
    }

    /// <summary>From now on it has a life here; what was kept of one by its name goes on.</summary>
    public void Add(IVersionedModel model)
    {
        lock (_lock)
        {
            _models = _models.SetItem(model.Name, Load(model));
        }
    }

    public IReadOnlyList<string> Names => [.. _models.Keys];

    public IVersionedModel? Model(string name) => _models.GetValueOrDefault(name)?.Model;

    public ModelRollout? Rollout(string name)
    {
        lock (_lock)
        {
            return _models.GetValueOrDefault(name)?.Rollout;
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ModelVersion> Versions(string name)
    {
        lock (_lock)
        {
            return _models.GetValueOrDefault(name) is { } known ? [.. known.Versions.Values.Reverse()] : [];
        }
    }

    public ModelVersion? Find(string name, int version)
    {
        lock (_lock)
        {
            return _models.GetValueOrDefault(name)?.Versions.GetValueOrDefault(version);
        }
    }

    public IReadOnlyList<ModelChange> Changes(string name, int limit) => _store.Changes(name, limit);

    /// <summary>Registers parameters as the next version. It answers nobody until it is promoted, shadowed or named by a placement.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="parameters">That make the version.</param>
    /// <param name="note">Why it is made.</param>
    /// <param name="actor">Who.</param>
    /// <param name="number">Of the version, which must be free; null for the next one.</param>
    public ModelOutcome? Register(string name, JsonElement parameters, string? note, string actor, int? number = null)
    {
        if (_models.GetValueOrDefault(name) is not { } known)
        {
            return null;
        }

        var faults = known.Model.Check(parameters);
        if (faults.Count > 0)
        {
            return new ModelOutcome(null, faults);
        }

        var trained = known.Model.Describe();
        lock (_lock)
        {
            if (known.Versions.Count >= MaxVersions)
            {
                return ModelOutcome.Refused("", $"There are {MaxVersions} versions, which is all that may be.");
            }

            if (number is { } taken && known.Versions.ContainsKey(taken))
            {
                return ModelOutcome.Refused("", $"There is a version {taken} already.");
            }

            var version = new ModelVersion(name, number ?? (known.Versions.Keys.Last() + 1), NowMs(), actor, note, parameters.Clone(), trained, null);
            Save(known, version, new ModelChange(NowMs(), actor, version.Version, "register", note));
            known.Model.Offer(version.Version, version.Parameters);
            return new ModelOutcome(version, []);
        }
    }

    /// <summary>Measures a version and the live one on the same questions, and says which gates are open. Takes seconds.</summary>
    public ModelOutcome? Check(string name, int version, string actor, CancellationToken cancellationToken)
    {
        if (Find(name, version) is not { } candidate || _models.GetValueOrDefault(name) is not { } known)
        {
            return null;
        }

        var live = Find(name, known.Rollout.Live)!;
        var before = known.Model.Measure(live.Parameters, _options.HeldOutSessions, cancellationToken);
        var after = known.Model.Measure(candidate.Parameters, _options.HeldOutSessions, cancellationToken) ?? ModelMeasurement.OfNothing;
        var gates = Gates.Of(_options, before, after, known.Model.Describe().OfErasedPeople);
        var report = new GateReport(NowMs(), live.Version, gates.All(gate => gate.HasPassed), gates, after, before);
        lock (_lock)
        {
            var made = known.Versions[version] with { Check = report };
            var closed = Gates.Closed(gates);
            Save(known, made, new ModelChange(NowMs(), actor, version, "check", closed.Length == 0 ? "passed" : $"closed: {closed}"));
            return new ModelOutcome(made, []);
        }
    }

    /// <summary>Serves a version from now on.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="version">That is to serve.</param>
    /// <param name="despite">Why it serves although a gate is closed, or none was asked; null to insist on the gates.</param>
    /// <param name="actor">Who.</param>
    public ModelOutcome? Promote(string name, int version, string? despite, string actor)
    {
        lock (_lock)
        {
            if (_models.GetValueOrDefault(name) is not { } known || known.Versions.GetValueOrDefault(version) is not { } candidate)
            {
                return null;
            }

            if (known.Rollout.Live == version)
            {
                return new ModelOutcome(candidate, []);
            }

            if (WhyNot(known, candidate, despite) is { } refused)
            {
                return refused;
            }

            Serve(known, version, [.. known.Rollout.Before.TakeLast(KeptBefore - 1), known.Rollout.Live], candidate.Check?.Measured, new ModelChange(NowMs(), actor, version, "promote", despite));
            return new ModelOutcome(candidate, []);
        }
    }

    /// <summary>Serves what served before.</summary>
    public ModelOutcome? Rollback(string name, string? reason, string actor)
    {
        lock (_lock)
        {
            if (_models.GetValueOrDefault(name) is not { } known)
            {
                return null;
            }

            if (known.Rollout.Before.Count == 0)
            {
                return ModelOutcome.Refused("", "Nothing served before.");
            }

            var back = known.Rollout.Before[^1];
            if (RefusalOf(known, back) is { } fault)
            {
                return new ModelOutcome(null, [fault]);
            }

            Serve(known, back, [.. known.Rollout.Before.SkipLast(1)], known.Versions[back].Check?.Measured, new ModelChange(NowMs(), actor, back, "rollback", reason ?? $"from version {known.Rollout.Live}"));
            return new ModelOutcome(known.Versions[back], []);
        }
    }

    /// <summary>Lets a version answer unseen beside the live one; null ends it. False when there is no such version.</summary>
    public bool Shadow(string name, int? version)
    {
        lock (_lock)
        {
            if (_models.GetValueOrDefault(name) is not { } known || (version is { } shadowed && RefusalOf(known, shadowed) is not null))
            {
                return false;
            }

            known.Model.Shadow(version);
            return true;
        }
    }

    /// <summary>Looks how the live version does now. The first look after it began to serve is what later ones are compared with.</summary>
    /// <returns>Null while there is nothing to compare.</returns>
    public DriftReport? Look(string name, CancellationToken cancellationToken)
    {
        var known = _models[name];
        var live = Find(name, known.Rollout.Live)!;
        if (known.Model.Measure(live.Parameters, _options.HeldOutSessions, cancellationToken) is not { } now)
        {
            return null;
        }

        lock (_lock)
        {
            if (now.Questions == 0 || known.Rollout.Live != live.Version)
            {
                return null;
            }

            var baseline = known.Rollout.Baseline;
            var report = baseline is null ? null : DriftOf(baseline, now);
            Save(known, known.Rollout with { Baseline = baseline ?? now, Drift = report }, new ModelChange(NowMs(), "system", live.Version, "look", report is null ? "first" : FormattableString.Invariant($"shift {report.ScoreShift:0.###}, hit rate {report.HitRate:0.###}")));
            return report;
        }
    }

    private DriftReport DriftOf(ModelMeasurement before, ModelMeasurement now)
    {
        var shift = ScoreBins.Shift(before.Scores, now.Scores);
        return new DriftReport(NowMs(), shift, now.HitRate, before.HitRate, shift > _options.MaxScoreShift || now.HitRate < before.HitRate * (1 - _options.MaxHitRateLoss));
    }

    /// <summary>Why a version may not serve, or be tried; null when it may.</summary>
    private static ModelOutcome? WhyNot(Known known, ModelVersion candidate, string? despite)
    {
        if (RefusalOf(known, candidate.Version) is { } fault)
        {
            return new ModelOutcome(null, [fault]);
        }

        if (despite is not null)
        {
            return null;
        }

        return candidate.Check switch
        {
            null => ModelOutcome.Refused("/despite", "The version was never checked against the live one. Check it, or say why it may serve all the same."),
            { HasPassed: false } check => ModelOutcome.Refused("/despite", $"Closed: {Gates.Closed(check.Gates)}. Say why it may serve all the same."),
            { AgainstVersion: var against } when against != known.Rollout.Live =>
                ModelOutcome.Refused("/despite", $"It was checked against version {against}, and version {known.Rollout.Live} is live now."),
            _ => null,
        };
    }

    /// <summary>Whatever was being tried was tried against another version, and ends.</summary>
    private void Serve(Known known, int version, IReadOnlyList<int> before, ModelMeasurement? baseline, ModelChange change)
    {
        Save(known, new ModelRollout(known.Model.Name, version, before, NowMs(), baseline, null, null, known.Rollout.RetunedAtMs), change);
        known.Model.Try(null, null);
        known.Model.Serve(version);
    }

    private void Save(Known known, ModelRollout rollout, ModelChange change)
    {
        _store.Save(rollout, change);
        known.Rollout = rollout;
    }

    private void Save(Known known, ModelVersion version, ModelChange change)
    {
        _store.Save(version, change);
        known.Versions[version.Version] = version;
    }

    private Known Load(IVersionedModel model)
    {
        var known = new Known(model);
        foreach (var version in _store.Versions(model.Name))
        {
            known.Versions[version.Version] = version;
        }

        // What the configuration says is the first version, whatever it says by now.
        var number = model.FirstVersion;
        var first = known.Versions.GetValueOrDefault(number) ?? new ModelVersion(model.Name, number, NowMs(), "system", "As configured.", default, model.Describe(), null);
        known.Versions[number] = first with { Parameters = model.Defaults };
        foreach (var version in known.Versions.Values.Where(version => model.Check(version.Parameters).Count == 0))
        {
            model.Offer(version.Version, version.Parameters);
        }

        known.Rollout = _store.Rollout(model.Name) ?? new ModelRollout(model.Name, number, [], NowMs(), null, null);
        if (RefusalOf(known, known.Rollout.Live) is { } fault)
        {
            // The configuration was changed beneath it. A shop that answers otherwise is better than one that does not start.
            known.Rollout = known.Rollout with { Live = number, Before = [.. known.Rollout.Before, known.Rollout.Live], Baseline = null, Drift = null, Canary = null };
            _store.Save(known.Rollout, new ModelChange(NowMs(), "system", number, "fallback", $"version {known.Rollout.Before[^1]} cannot be served any more: {fault.Pointer} {fault.Detail}"));
        }

        model.Serve(known.Rollout.Live);
        if (known.Rollout.Canary is { } run)
        {
            if (RefusalOf(known, (int)run.Version) is null)
            {
                model.Try((int)run.Version, run.Rule);
            }
            else
            {
                Save(known, known.Rollout with { Canary = null }, new ModelChange(NowMs(), "system", (int)run.Version, "canary-back", "It cannot be served any more."));
            }
        }

        return known;
    }

    /// <summary>Why a version cannot be served under the present configuration; null when it can.</summary>
    private static FlagFault? RefusalOf(Known known, int version) =>
        known.Versions.GetValueOrDefault(version) is not { } found ? new FlagFault("/version", "It is gone.")
        : known.Model.Check(found.Parameters) is [var first, ..] ? first : null;

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Known(IVersionedModel model)
    {
        public IVersionedModel Model => model;

        public SortedDictionary<int, ModelVersion> Versions { get; } = [];

        public ModelRollout Rollout { get; set; } = null!;
    }
}
