using Personalization.Decisioning.Domain.Documents;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>The rules of the shop: drafts, versions, and what applies now. A decision takes what applies in one read.</summary>
internal sealed class RuleBook
{
    public const string Kind = "rule";
    private readonly ICatalog _catalog;
    private volatile Compiled _compiled;

    public RuleBook(IDocumentStore store, RuleReader reader, ICatalog catalog, TimeProvider time)
    {
        _catalog = catalog;
        Documents = new DocumentBook<Rule>(Kind, store, reader.Read, time);
        _compiled = new Compiled(Documents.Live, new RuleSet(Documents.Live, catalog));
    }

    public DocumentBook<Rule> Documents { get; }

    /// <summary>What applies now. Any thread.</summary>
    public RuleSet Current
    {
        get
        {
            var (compiled, live) = (_compiled, Documents.Live);
            if (!compiled.Of.Equals(live))
            {
                _compiled = compiled = new Compiled(live, new RuleSet(live, _catalog));
            }

            return compiled.Set;
        }
    }

    /// <summary>What would apply with other rules beside, or in place of, those of the same id.</summary>
    public RuleSet With(IReadOnlyList<Rule> others) =>
        new(Documents.Live.Where(live => !others.Any(other => other.Id == live.Id)).Concat(others), _catalog);

    private sealed record Compiled(System.Collections.Immutable.ImmutableArray<Rule> Of, RuleSet Set);
}
