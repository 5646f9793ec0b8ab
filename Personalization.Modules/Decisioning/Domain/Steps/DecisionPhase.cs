namespace Personalization.Decisioning.Domain.Steps;

/// <summary>Where in a decision a step stands. Steps of one phase run in the order of their registration.</summary>
internal enum DecisionPhase : byte
{
    /// <summary>The shopper is read, no candidate is known: which variant answers, what may not be proposed.</summary>
    Prepare,

    /// <summary>Candidates lie in the pool as the parts proposed them: gives them scores and an order.</summary>
    Rank,

    /// <summary>The pool is ranked: moves candidates by rule, for diversity, for pins.</summary>
    Arrange,

    /// <summary>
    /// Takes out whatever must not be shown, by the state of this moment. When a step of this phase throws, the baseline answers, for nobody knows any more
    /// what the step would have taken out.
    /// </summary>
    Seal,

    /// <summary>The slate is the answer: counts and remembers. Changes nothing.</summary>
    Remember,
}
