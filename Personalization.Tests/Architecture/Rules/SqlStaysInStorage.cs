using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// SQL texts, and types that speak to a database, stand in a module's Storage only, or in the kernel's rooms that own files:
/// Sqlite, Log, Checkpoints, Audit and Privacy.
/// </summary>
internal static partial class SqlStaysInStorage
{
    private static readonly string[] KernelRooms = ["Sqlite", "Log", "Checkpoints", "Audit", "Privacy"];
    private static readonly string[] DatabaseNamespaces = ["Dapper", "Microsoft.Data.Sqlite", "SQLitePCL"];

    public static IEnumerable<Violation> Check(CompiledCode code) =>
        code.Types.Where(type => !MaySpeakSql(code.PlaceOf(type)!.Value))
            .SelectMany(type => DatabaseTypes(type).Concat(Statements(type)))
            .Distinct();

    /// <summary>Whether a text begins like a statement. Keywords stand in capitals or in small letters, as nobody begins a sentence.</summary>
    public static bool LooksLikeSql(string text) => Statement().IsMatch(text);

    private static bool MaySpeakSql(Place place) =>
        place.IsKernel ? KernelRooms.Contains(place.Room, StringComparer.Ordinal) : place.Room == "Storage";

    private static IEnumerable<Violation> DatabaseTypes(TypeDefinition type) =>
        from use in TypeUses.Of(type)
        where Array.Exists(DatabaseNamespaces, name => use.Used.Namespace == name || use.Used.Namespace.StartsWith(name + ".", StringComparison.Ordinal))
        select new Violation(use.Where, $"uses {use.Used.FullName} outside Storage", "move the access to a store in the module's Storage");

    private static IEnumerable<Violation> Statements(TypeDefinition type) =>
        Literals(type).Where(literal => LooksLikeSql(literal.Text)).Select(literal => new Violation(
            literal.Where, $"holds SQL (\"{Beginning(literal.Text)}\") outside Storage", "move the statement to a store in the module's Storage"));

    private static IEnumerable<(string Where, string Text)> Literals(TypeDefinition type) =>
        type.Methods.Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions
                .Where(instruction => instruction.OpCode == OpCodes.Ldstr)
                .Select(instruction => (SourceName.Of(method), (string)instruction.Operand)))
            .Concat(type.Fields.Where(field => field.Constant is string).Select(field => (SourceName.Of(field), (string)field.Constant)));

    private static string Beginning(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= 40 ? line : line[..40] + "…";
    }

    [GeneratedRegex(
        """
        ^(\s|--.*\n)*
        (?![A-Z][a-z])
        (?: SELECT\s | PRAGMA\s | VACUUM\b | ATTACH\s | REINDEX\b | SAVEPOINT\s | BEGIN\s+(IMMEDIATE|EXCLUSIVE|DEFERRED|TRANSACTION)\b
          | (?i:select\s.*\sfrom\s) | (?i:(insert|replace)\s+(or\s+\w+\s+)?into\s) | (?i:update\s+(or\s+\w+\s+)?[\w".]+\s+set\s) | (?i:delete\s+from\s)
          | (?i:(create|drop|alter)\s+(temp\s+|temporary\s+|unique\s+|virtual\s+)?(table|index|view|trigger)\s)
          | (?i:with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s*\(\s*(select|values)\b) )
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Statement();
}
