using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Models;

/// <summary>What serves, is tried and is shadowed of one trained model, whichever it is. Any thread.</summary>
internal interface ITrainedSlot
{
    /// <summary>Serves a version from the next decision on; null for none.</summary>
    void Serve(IModel? model);

    /// <summary>Lets a version answer a share of decisions; null for none.</summary>
    void Try(IModel? model, CanaryRule? rule);

    /// <summary>Lets a version answer a share of questions unseen; null for none.</summary>
    void SetShadow(IModel? model);

    /// <summary>What came of the shadow so far; null when there is none.</summary>
    ShadowReport? ReadShadow();
}

/// <inheritdoc cref="ITrainedSlot"/>
internal sealed class TrainedSlot<TModel, TQuestion>(string name, ShadowQueue shadows, Func<TModel, TQuestion, ScoredItem[], int> answer) : ITrainedSlot
    where TModel : class, IModel
{
    private readonly Lock _changing = new();
    private volatile Serving _current = new(null, null);

    public TModel? Live => _current.Live;

    public Shadow<TModel, TQuestion> Shadow { get; } = new(shadows, answer);

    /// <summary>What answers a decision. On the decision path.</summary>
    public TModel? For(Guid decisionId)
    {
        var current = _current;
        return current.Trial is { } trial && trial.Rule.Holds(decisionId, trial.Model.Version) ? trial.Model : current.Live;
    }

    public void Serve(IModel? model)
    {
        lock (_changing)
        {
            _current = _current with { Live = Own(model) };
        }
    }

    public void Try(IModel? model, CanaryRule? rule)
    {
        lock (_changing)
        {
            _current = _current with { Trial = Own(model) is { } tried && rule is not null ? new Trial(tried, rule) : null };
        }
    }

    public void SetShadow(IModel? model) => Shadow.Set(model?.Version ?? 0, Own(model));

    public ShadowReport? ReadShadow() => Shadow.Read();

    private TModel? Own(IModel? model) => model is null or TModel ? (TModel?)model : throw new ArgumentException($"{model.Name} is no version of {name}.", nameof(model));

    private sealed record Serving(TModel? Live, Trial? Trial);

    private sealed record Trial(TModel Model, CanaryRule Rule);
}
