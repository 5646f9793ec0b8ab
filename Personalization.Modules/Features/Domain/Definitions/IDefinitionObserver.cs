namespace Personalization.Features.Domain.Definitions;

/// <summary>Hears of changes of definitions of every kind, for what looks at them without taking them.</summary>
internal interface IDefinitionObserver
{
    /// <summary>
    /// A change has been applied by who takes its kind, at its place in the log, live and in a replay alike. On the sequencer's thread, while no
    /// stage runs. Must not throw.
    /// </summary>
    void Applied(DefinitionChange change);
}
