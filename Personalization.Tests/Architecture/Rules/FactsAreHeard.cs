using Mono.Cecil;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// MediatR is silent when nobody handles a fact, and one failing handler stops those after it, so who hears what is decided
/// once, in a list. A fact is named in the past tense, stands in Contracts and cannot be changed by those who hear it.
/// </summary>
internal static class FactsAreHeard
{
    private const string Notification = "MediatR.INotification";
    private static readonly string[] HandlerTypes = ["MediatR.INotificationHandler`1", "MediatR.NotificationHandler`1"];
    private static readonly string[] IrregularPasts = ["Withdrawn", "Sent", "Lost", "Found", "Begun", "Made", "Given", "Taken", "Left", "Seen", "Built", "Written"];
    private static readonly string[] Changeable = ["List`1", "Dictionary`2", "HashSet`1", "IList`1", "IDictionary`2", "ISet`1", "ICollection`1"];

    public static IEnumerable<Violation> Check(CompiledCode code, IReadOnlyList<ApprovedFact> approved)
    {
        var facts = code.Types.Where(type => type.Implements(Notification)).ToList();
        var handlers = code.Types.SelectMany(type => HandledBy(type).Select(fact => (Handler: code.ShortName(type), Fact: code.ShortName(fact)))).ToList();
        return facts.SelectMany(fact => InItself(code, fact))
            .Concat(facts.SelectMany(fact => InTheList(code, fact, approved)))
            .Concat(handlers.Where(heard => !Listed(approved, heard.Fact, heard.Handler)).Select(heard => new Violation(
                heard.Handler, $"handles {heard.Fact} without being in the list of approved handlers", "add it to the list, after thinking about its order")))
            .Concat(Stale(code, approved, handlers));
    }

    private static IEnumerable<Violation> InItself(CompiledCode code, TypeDefinition fact)
    {
        var where = SourceName.Of(fact);
        if (code.PlaceOf(fact)!.Value.Room != "Contracts")
        {
            yield return new Violation(where, "is a fact that stands outside Contracts", "move it to its module's Contracts");
        }

        if (!fact.Name.EndsWith("ed", StringComparison.Ordinal) && !Array.Exists(IrregularPasts, fact.Name.EndsWith))
        {
            yield return new Violation(where, "is a fact whose name is not in the past tense", "say what happened, for example ProfilesMerged");
        }

        foreach (var field in fact.Fields.Where(field => !field.IsStatic && (!field.IsInitOnly || MayChange(field.FieldType))))
        {
            yield return new Violation(SourceName.Of(field), "can be changed by whoever hears the fact", "make it init-only, of an immutable type");
        }
    }

    private static IEnumerable<Violation> InTheList(CompiledCode code, TypeDefinition fact, IReadOnlyList<ApprovedFact> approved)
    {
        var entry = approved.FirstOrDefault(entry => entry.Fact == code.ShortName(fact));
        if (entry is null || (entry.Handlers.Count == 0 && string.IsNullOrWhiteSpace(entry.WhyNobody)))
        {
            yield return new Violation(SourceName.Of(fact), "is a fact that nobody is known to hear", "name its handlers in the list of approved facts, or why there are none");
        }
    }

    private static IEnumerable<Violation> Stale(
        CompiledCode code, IReadOnlyList<ApprovedFact> approved, List<(string Handler, string Fact)> handlers) =>
        from entry in approved
        from missing in entry.Handlers.Where(name => !handlers.Contains((name, entry.Fact)))
            .Concat(code.Types.Any(type => code.ShortName(type) == entry.Fact) ? [] : [entry.Fact])
        select new Violation(missing, "is in the list of approved facts and not in the code", "correct the list: a handler that went away is news that nobody hears");

    private static bool Listed(IReadOnlyList<ApprovedFact> approved, string fact, string handler) =>
        approved.Any(entry => entry.Fact == fact && entry.Handlers.Contains(handler, StringComparer.Ordinal));

    private static IEnumerable<TypeReference> HandledBy(TypeDefinition type) =>
        type.Interfaces.Select(implemented => implemented.InterfaceType).Append(type.BaseType)
            .OfType<GenericInstanceType>()
            .Where(generic => HandlerTypes.Contains(generic.ElementType.FullName, StringComparer.Ordinal))
            .Select(generic => generic.GenericArguments[0])
            .Where(fact => fact is not GenericParameter);

    private static bool MayChange(TypeReference type) => type.IsArray || Changeable.Contains(type.Name, StringComparer.Ordinal);
}
