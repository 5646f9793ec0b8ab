using Mono.Cecil;
using Mono.Cecil.Cil;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// Erasure reaches whatever is kept: a module with tables of its own has an <see cref="IPersonalDataStore"/>, and a checkpointed
/// state is such a store or is used by one of its module. What holds no personal data says so and why, on the state itself or,
/// for tables, on the module's class. The kernel's own files are erased by the erasure itself.
/// </summary>
internal static class TableOwnersCanErase
{
    private static readonly string Checkpointed = typeof(ICheckpointed).FullName!;
    private static readonly string Store = typeof(IPersonalDataStore).FullName!;
    private static readonly string Marker = typeof(HoldsNoPersonalDataAttribute).FullName!;

    public static IEnumerable<Violation> Check(CompiledCode code, IReadOnlyCollection<Migration> migrations) =>
        States(code).Concat(Tables(code, migrations)).Concat(Owners(code, migrations)).Concat(Markers(code));

    private static IEnumerable<Violation> States(CompiledCode code) =>
        from type in code.Types
        where type.IsClass && !type.IsAbstract && type.Implements(Checkpointed) && type.Find(Marker) is null
        where code.PlaceOf(type)!.Value.IsModule
        where !StoresOf(code, code.PlaceOf(type)!.Value.Module).Any(store => store == type || Reaches(store, type))
        select new Violation(
            SourceName.Of(type),
            "keeps state in checkpoints that erasure cannot reach",
            "implement IPersonalDataStore, have a store of the module use it, or mark it [HoldsNoPersonalData(\"why\")]");

    private static IEnumerable<Violation> Tables(CompiledCode code, IEnumerable<Migration> migrations) =>
        from migration in migrations
        where migration.CreatesTable
        where !StoresOf(code, migration.Module).Any() && ModuleClass(code, migration.Module)?.Find(Marker) is null
        select new Violation(
            migration.Name,
            $"creates a table, but nothing in {migration.Module} can erase a person from it",
            $"implement IPersonalDataStore in {migration.Module}.Storage, or mark {migration.Module}Module [HoldsNoPersonalData(\"why\")]");

    /// <summary>
    /// Each file has an owner, the class that opens it by the folder of its migrations: it is a store, is used by one of its module
    /// directly or through one class, or says why not. That some other store of the module erases something else does not help.
    /// </summary>
    private static IEnumerable<Violation> Owners(CompiledCode code, IEnumerable<Migration> migrations) =>
        from migration in migrations
        where migration.CreatesTable
        from owner in code.Types.Where(type => Opens(type, migration.Folder)).Select(Outermost).Distinct()
        where owner.Find(Marker) is null && ModuleClass(code, migration.Module)?.Find(Marker) is null
        where !IsErased(code, owner, migration.Module)
        select new Violation(
            SourceName.Of(owner),
            $"opens the tables of {migration.Folder}, which no IPersonalDataStore reaches",
            "have a store of the module use it, or mark it [HoldsNoPersonalData(\"why\")]");

    private static bool IsErased(CompiledCode code, TypeDefinition owner, string module)
    {
        var stores = StoresOf(code, module).ToList();
        if (owner is { IsAbstract: true, IsSealed: true })
        {
            // A registration opens the file for others: they erase, or they say why not.
            return code.Types.Any(type => code.PlaceOf(type)!.Value == new Place(module, "Storage") && Reaches(owner, type) &&
                (type.Find(Marker) is not null || stores.Exists(store => store == type || Reaches(store, type))));
        }

        return stores.Exists(store => store == owner || Reaches(store, owner)) ||
            code.Types.Where(type => type.IsClass && type != owner && Reaches(type, owner))
                .Any(between => between.Find(Marker) is not null || stores.Exists(store => store == between || Reaches(store, between)));
    }

    private static bool Opens(TypeDefinition type, string folder) =>
        type.Methods.Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions)
            .Any(instruction => instruction.OpCode == OpCodes.Ldstr && (string)instruction.Operand == folder);

    private static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is { } declaring)
        {
            type = declaring;
        }

        return type;
    }

    private static IEnumerable<Violation> Markers(CompiledCode code) =>
        from type in code.Types
        let marker = type.Find(Marker)
        where marker is not null && string.IsNullOrWhiteSpace(marker.ConstructorArguments[0].Value as string)
        select new Violation(SourceName.Of(type), "holds no personal data, it says, but not why", "give the reason");

    private static IEnumerable<TypeDefinition> StoresOf(CompiledCode code, string module) =>
        code.Types.Where(type => type.IsClass && !type.IsAbstract && code.PlaceOf(type)!.Value.Module == module && type.Implements(Store));

    private static bool Reaches(TypeDefinition store, TypeDefinition state) =>
        store.NestedTypes.Prepend(store).SelectMany(TypeUses.Of).Any(use => use.Used.FullName == state.FullName);

    private static TypeDefinition? ModuleClass(CompiledCode code, string module) =>
        code.Types.FirstOrDefault(type => type.Name == module + "Module" && code.PlaceOf(type) == new Place(module, ""));
}
