using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// One decision: who asks and what they look at, then the placement's parts in their order until the pool is full, then the steps that rank,
/// arrange and seal it. A part that throws, or a budget that is over, leaves the rest to the baseline. No I/O, no locks; only the answer is
/// allocated.
/// </summary>
internal sealed partial class Personalizer : IPersonalizer
{
    private readonly FrozenDictionary<string, Placement> _placements;
    private readonly ShopperReader _shoppers;
    private readonly CandidatePlan _plan;
    private readonly ModelVersions _versions;
    private readonly ICatalog _catalog;
    private readonly TimeProvider _time;
    private readonly DecisionMeter _meter;
    private readonly ILogger<Personalizer> _logger;
    private readonly DecisionPool _contexts;
    private readonly IDecisionStep[] _steps;
    private readonly PartHealth[] _health;
    private readonly IDecisionJournal? _journal;
    private readonly KillSwitches? _switches;
    private readonly IPlacementVariants? _variants;
    private long _quietUntil;

    public Personalizer(
        IOptions<DecisioningOptions> options,
        ShopperReader shoppers,
        CandidatePlan plan,
        LearnedModels models,
        ICatalog catalog,
        TimeProvider time,
        DecisionMeter meter,
        ILogger<Personalizer> logger,
        KillSwitches? switches = null,
        IEnumerable<IDecisionStep>? steps = null,
        IDecisionJournal? journal = null,
        IPlacementVariants? variants = null)
    {
        _placements = options.Value.Placements.ToFrozenDictionary(pair => pair.Key, pair => Placement.From(pair.Key, pair.Value));
        _shoppers = shoppers;
        _plan = plan;
        _versions = new ModelVersions(models.Sessions);
        _catalog = catalog;
        _time = time;
        _meter = meter;
        _logger = logger;
        _switches = switches;
        _variants = variants;
        _steps = [.. (steps ?? []).OrderBy(step => step.Phase)];
        _health = [.. _steps.Select(step => new PartHealth(step.Name))];
        _contexts = new DecisionPool(() => new DecisionContext(catalog, _steps));
        _journal = journal;
    }

    public IReadOnlyCollection<string> Placements => _placements.Keys;

    public int CacheSecondsOf(string placement) => Find(placement)?.CacheSeconds ?? 0;

    /// <summary>A placement as decisions read it; null when there is none of that name.</summary>
    internal Placement? Find(string placement) => _placements.GetValueOrDefault(placement);

    public Recommendations? Recommend(RecommendationRequest request)
    {
        if (!_placements.TryGetValue(request.Placement, out var placement))
        {
            return null;
        }

        var context = _contexts.Rent();
        var answer = Answer(request, placement, context)!;
        _contexts.Return(context);
        return answer;
    }

    /// <returns>Null when somebody else answers.</returns>
    private Recommendations? Answer(RecommendationRequest request, Placement placement, DecisionContext context)
    {
        var answer = _switches?.Holds(placement.Name) is { } held
            ? AnswerBaseline(request, placement, context, held)
            : Decide(request, VariantOf(placement, request), context);
        if (answer is not null)
        {
            _meter.Decided(placement.Name, answer.FallbackReason);
        }

        return answer;
    }

    private Recommendations? Decide(RecommendationRequest request, Placement placement, DecisionContext context)
    {
        var limit = DecisionContext.LimitOf(request, placement);
        Begin(request, placement, context, PoolFor(placement, limit));

        var (notPersonalized, fallback) = ReadShopper(request, placement, context);
        fallback = Run(DecisionPhase.Prepare, context) ?? fallback;
        fallback = Gather(placement, context) ?? fallback;
        if (fallback is not null)
        {
            Propose(_plan.BaselineParts, placement, context, isBaseline: true);
        }

        context.Trail.Keep(DecisionTrail.Proposed, context.Slate.Entries);
        fallback = Run(DecisionPhase.Rank, context) ?? fallback;
        fallback = Run(DecisionPhase.Arrange, context) ?? fallback;
        fallback = Seal(placement, context) ?? fallback;
        if (!context.Handover.TryHold())
        {
            return null;
        }

        var answer = new Recommendations
        {
            DecisionId = context.DecisionId,
            Placement = placement.Name,
            Items = Items(context.Slate),
            Offers = context.Offers.ToAnswer(),
            ModelVersion = fallback == Fallback.BudgetExceeded ? _versions.OfBaseline() : _versions.Of(placement.Kind, context.NeighbourVersion),
            Consent = context.Consent,
            IsPersonalized = notPersonalized is null,
            NotPersonalizedReason = notPersonalized,
            FallbackReason = fallback,
            Parts = _plan.CodesOf(Contributed(context.Slate)),
            MissingParts = _plan.CodesOf(context.Trail.Missing),
            Experiment = placement.Experiment,
            Variant = placement.Variant,
        };
        Remember(context, answer);
        return answer;
    }

    private Placement VariantOf(Placement placement, RecommendationRequest request)
    {
        try
        {
            // A trial puts nobody into an arm.
            return request.Trial is null ? _variants?.For(placement, request) ?? placement : placement;
        }
        catch (Exception error) // A broken experiment must not break what it experiments with.
        {
            ReportFailed(error, nameof(IPlacementVariants), placement);
            return placement;
        }
    }

    /// <summary>
    /// What answers while the placement is held: what is popular, without what the request itself excludes. No profile is read, and nothing ranks;
    /// what must not be shown stays out all the same.
    /// </summary>
    private Recommendations? AnswerBaseline(RecommendationRequest request, Placement placement, DecisionContext context, string held)
    {
        var limit = DecisionContext.LimitOf(request, placement);
        Begin(request, placement, context, limit);
        ReadShopper(request with { UserId = null, AnonymousId = null }, placement, context);
        Run(DecisionPhase.Prepare, context);
        Propose(_plan.BaselineParts, placement, context, isBaseline: true);
        context.Trail.Keep(DecisionTrail.Proposed, context.Slate.Entries);
        Seal(placement, context);
        if (!context.Handover.TryHold())
        {
            return null;
        }

        var answer = new Recommendations
        {
            DecisionId = context.DecisionId,
            Placement = placement.Name,
            Consent = context.Consent,
            Items = Items(context.Slate),
            Offers = context.Offers.ToAnswer(),
            ModelVersion = _versions.OfBaseline(),
            IsPersonalized = false,
            NotPersonalizedReason = held,
            FallbackReason = held,
            IsKillSwitchOn = held == Fallback.KillSwitch,
            Parts = _plan.CodesOf(Contributed(context.Slate)),
        };
        Remember(context, answer);
        return answer;
    }

    private void Begin(RecommendationRequest request, Placement placement, DecisionContext context, int pool)
    {
        var now = _time.GetUtcNow();
        context.Begin(request, placement, now, pool, new Deadline(_time, placement.Budget));
        context.Trail.Begin(_journal?.Wants(now.ToUnixTimeMilliseconds()) == true);
        context.StartedAt = context.Deadline.StartedAt;
        context.Handover.Open();
    }

    /// <summary>A trial leaves no trace but what it tells.</summary>
    private void Remember(DecisionContext context, Recommendations answer)
    {
        if (context.Request.Trial is { } trial)
        {
            (trial.Effects, trial.Offers) = (context.Rules.Effects.ToArray(), context.Offers.Candidates.ToArray());
            return;
        }

        Run(DecisionPhase.Remember, context);
        if (!context.Trail.IsKept)
        {
            return;
        }

        try
        {
            context.Micros = Micros(context.StartedAt, _time.GetTimestamp());
            _journal!.Write(context, answer);
        }
        catch (Exception error) // An answer that is not written down is better than none.
        {
            ReportFailed(error, nameof(IDecisionJournal), context.Placement);
        }
    }

    private static ulong Contributed(Slate slate)
    {
        var parts = 0UL;
        foreach (ref readonly var entry in slate.Entries)
        {
            parts |= entry.Part == SlateEntry.NoPart ? 0 : 1UL << entry.Part;
        }

        return parts;
    }

    private (string? NotPersonalized, string? Fallback) ReadShopper(
        RecommendationRequest request, Placement placement, DecisionContext context)
    {
        try
        {
            return (_shoppers.Read(request, placement, context), null);
        }
        catch (Exception error) // An answer without the profile is better than none: never an error page in the shop.
        {
            ReportFailed(error, nameof(ShopperReader), placement);
            return (NotPersonalized.NoHistory, Fallback.ModelFailed);
        }
    }

    private RecommendedItem[] Items(Slate slate)
    {
        var items = slate.Count == 0 ? [] : new RecommendedItem[slate.Count];
        for (var i = 0; i < items.Length; i++)
        {
            ref readonly var entry = ref slate[i];
            var becauseOf = entry.BecauseOf < 0 ? null : _catalog.IdOf(entry.BecauseOf);
            items[i] = new RecommendedItem(_catalog.IdOf(entry.Item), entry.Score, entry.Reason, becauseOf);
        }

        return items;
    }

    private void ReportFailed(Exception error, string part, Placement placement)
    {
        if (MayLog())
        {
            LogPartFailed(error, part, placement.Name);
        }
    }

    /// <summary>Once a second: what is broken is asked thousands of times a second, and the meter counts every one.</summary>
    private bool MayLog()
    {
        var now = _time.GetTimestamp();
        var until = Volatile.Read(ref _quietUntil);
        return now >= until && Interlocked.CompareExchange(ref _quietUntil, now + _time.TimestampFrequency, until) == until;
    }

    [LoggerMessage(EventId = 5002, Level = LogLevel.Error, Message = "{Part} failed while deciding for {Placement}; the baseline fills in")]
    private partial void LogPartFailed(Exception error, string part, string placement);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Warning, Message = "{Part} used up the budget of {Placement} ({BudgetMs} ms); the baseline fills in")]
    private partial void LogBudgetExceeded(string part, string placement, double budgetMs);
}
