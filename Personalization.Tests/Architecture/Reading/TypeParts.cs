using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>Takes a type apart: <c>Dictionary&lt;A, B[]&gt;</c> is made of Dictionary, A and B.</summary>
internal static class TypeParts
{
    public static IEnumerable<TypeReference> Of(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Of).Concat(Of(generic.ElementType)),
        IModifierType modified => Of(modified.ModifierType).Concat(Of(modified.ElementType)),
        FunctionPointerType pointer => pointer.Parameters.SelectMany(parameter => Of(parameter.ParameterType)).Concat(Of(pointer.ReturnType)),
        TypeSpecification wrapped => Of(wrapped.ElementType),
        _ => [type],
    };
}
