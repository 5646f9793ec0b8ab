namespace Personalization.Host.Demo.Shoppers;

/// <summary>What a shopper answered to the consent question.</summary>
internal enum ConsentChoice
{
    /// <summary>Closed the question: the events say nothing, the server's default decides.</summary>
    Unanswered,

    Granted,

    /// <summary>Everything but collecting is refused: never profiled, never in a model.</summary>
    Refused,
}
