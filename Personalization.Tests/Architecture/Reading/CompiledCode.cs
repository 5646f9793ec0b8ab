using System.Reflection;
using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>The types of one compiled assembly below a root namespace, and the module and room that each of them lives in.</summary>
internal sealed class CompiledCode
{
    private readonly string _root;

    public CompiledCode(Assembly assembly, string rootNamespace)
    {
        _root = rootNamespace;
        Types = AssemblyDefinition.ReadAssembly(assembly.Location).MainModule.Types
            .Where(type => PlaceOf(type) is not null)
            .SelectMany(WithNested)
            .ToList();
    }

    /// <summary>All types, nested and compiler-made ones (lambdas, iterators, async methods) included.</summary>
    public IReadOnlyList<TypeDefinition> Types { get; }

    /// <summary>Modules that have at least one type, in alphabetical order; the kernel is none.</summary>
    public IEnumerable<string> Modules => Types.Select(type => PlaceOf(type)!.Value).Where(place => place.IsModule)
        .Select(place => place.Module).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Null for what lies outside the root namespace: the framework, packages, other projects.</summary>
    public Place? PlaceOf(TypeReference type)
    {
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
        {
            outermost = declaring;
        }

        if (outermost.Namespace == _root)
        {
            return new Place("", "");
        }

        if (!outermost.Namespace.StartsWith(_root + ".", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = outermost.Namespace[(_root.Length + 1)..].Split('.');
        return new Place(parts[0], parts.Length > 1 ? parts[1] : "");
    }

    /// <summary>The type's name below the root namespace, which is how the tests' own lists name types.</summary>
    public string ShortName(TypeReference type) => type.FullName[(_root.Length + 1)..];

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) =>
        type.NestedTypes.SelectMany(WithNested).Prepend(type);
}
