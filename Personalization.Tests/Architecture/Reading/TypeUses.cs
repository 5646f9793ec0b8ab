using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>
/// Finds every type that a type mentions. What the compiler folds away leaves no trace and cannot be seen: constants of other
/// types, <c>nameof</c>, and the names of enum members.
/// </summary>
internal static class TypeUses
{
    public static IEnumerable<TypeUse> Of(TypeDefinition type)
    {
        var where = SourceName.Of(type);
        return InHead(type).Select(used => (where, used))
            .Concat(type.Fields.SelectMany(field => InField(field).Select(used => (SourceName.Of(field), used))))
            .Concat(type.Properties.SelectMany(property => InAttributes(property).Select(used => (SourceName.Of(property), used))))
            .Concat(type.Events.SelectMany(@event => InAttributes(@event).Select(used => (SourceName.Of(@event), used))))
            .Concat(type.Methods.SelectMany(method => InMethod(method).Select(used => (SourceName.Of(method), used))))
            .SelectMany(found => TypeParts.Of(found.used).Select(part => new TypeUse(found.Item1, part)))
            .DistinctBy(use => (use.Where, use.Used.FullName));
    }

    private static IEnumerable<TypeReference?> InHead(TypeDefinition type) =>
        type.Interfaces.Select(implemented => implemented.InterfaceType)
            .Append(type.BaseType)
            .Concat(InGenericParameters(type))
            .Concat(InAttributes(type));

    private static IEnumerable<TypeReference?> InField(FieldDefinition field) => InAttributes(field).Append(field.FieldType);

    private static IEnumerable<TypeReference?> InMethod(MethodDefinition method)
    {
        var signature = method.Parameters.Select(parameter => parameter.ParameterType)
            .Append(method.ReturnType)
            .Concat(method.Parameters.SelectMany(InAttributes))
            .Concat(InAttributes(method.MethodReturnType))
            .Concat(InAttributes(method))
            .Concat(InGenericParameters(method));
        return method.HasBody ? signature.Concat(InBody(method.Body)) : signature;
    }

    private static IEnumerable<TypeReference?> InBody(MethodBody body) =>
        body.Variables.Select(variable => variable.VariableType)
            .Concat(body.ExceptionHandlers.Select(handler => handler.CatchType))
            .Concat(body.Instructions.SelectMany(instruction => InOperand(instruction.Operand)));

    private static IEnumerable<TypeReference?> InOperand(object? operand) => operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method => InCall(method),
        CallSite site => site.Parameters.Select(parameter => parameter.ParameterType).Append(site.ReturnType),
        _ => [],
    };

    private static IEnumerable<TypeReference?> InCall(MethodReference method)
    {
        var arguments = method is GenericInstanceMethod generic ? generic.GenericArguments : Enumerable.Empty<TypeReference>();
        return method.Parameters.Select(parameter => parameter.ParameterType)
            .Append(method.DeclaringType)
            .Append(method.ReturnType)
            .Concat(arguments);
    }

    private static IEnumerable<TypeReference?> InGenericParameters(IGenericParameterProvider provider) =>
        provider.GenericParameters.SelectMany(parameter =>
            parameter.Constraints.Select(constraint => constraint.ConstraintType).Concat(InAttributes(parameter)));

    private static IEnumerable<TypeReference?> InAttributes(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Concat(attribute.Properties.Select(property => property.Argument))
            .Concat(attribute.Fields.Select(field => field.Argument))
            .SelectMany(InArgument)
            .Append(attribute.AttributeType));

    private static IEnumerable<TypeReference?> InArgument(CustomAttributeArgument argument) => argument.Value switch
    {
        TypeReference named => [argument.Type, named],
        CustomAttributeArgument boxed => InArgument(boxed),
        CustomAttributeArgument[] several => several.SelectMany(InArgument).Append(argument.Type),
        _ => [argument.Type],
    };
}
